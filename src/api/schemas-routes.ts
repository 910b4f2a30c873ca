import type { ChannelStatus, JournalLine, JournalRow } from '../control/ports';
import type { Answer } from '../control/service';
import { overrides } from '../domain/overrides';
import {
  flag,
  instant,
  list,
  map,
  ms,
  nullable,
  number,
  objectOf,
  ref,
  type Schema,
  text,
  whole,
  wordsOf,
} from './schema';
import type { Strip } from './strip';

/** What the routes take and answer, around the status of a service. */
export const routeSchemas: Readonly<Record<string, Schema>> = {
  Error: objectOf<{ readonly error: string }>({ error: text('what is wrong, and what to do') }, []),
  Alive: objectOf<{ readonly alive: boolean; readonly why: string | null }>(
    { alive: flag(), why: nullable(text()) },
    [],
  ),
  Ready: objectOf<{ readonly ready: boolean; readonly services: unknown }>(
    {
      ready: flag(),
      services: list(
        objectOf<{ readonly record: string; readonly ready: boolean; readonly why: unknown }>(
          { record: text(), ready: flag(), why: list(text()) },
          [],
        ),
      ),
    },
    [],
  ),
  Status: objectOf<Record<'version' | 'startedAt' | 'at' | 'orders' | 'services' | 'notifications', unknown>>(
    {
      version: text(),
      startedAt: instant(),
      at: ms('since 1970, when this was answered'),
      orders: wordsOf<'socket' | 'token' | 'nobody'>({ socket: '', token: '', nobody: 'this door is read-only' }),
      services: list(ref('ServiceStatus')),
      notifications: list(ref('Channel')),
    },
    [],
  ),
  Channel: objectOf<ChannelStatus>(
    {
      channel: text('a name, never its address'),
      pending: whole('messages that wait'),
      sent: whole('since the start'),
      failures: whole('attempts not taken, since the start'),
      failingForMs: nullable(ms(), 'the last attempt was good, or there was none'),
      why: nullable(text()),
    },
    [],
  ),
  StatusEvent: objectOf<Record<'at' | 'version' | 'services', unknown> & { readonly records?: unknown }>(
    {
      at: ms('since 1970'),
      version: text(),
      records: list(text(), 'the names of all, where the list is new'),
      services: list(ref('ServiceStatus'), 'those that changed'),
    },
    ['records'],
  ),
  Beat: objectOf<{ readonly at: number }>({ at: ms('since 1970') }, []),
  History: objectOf<{ readonly history: unknown }>({ history: list(ref('JournalRow')) }, []),
  JournalRow: objectOf<JournalRow>(
    {
      id: whole('grows; for paging'),
      record: text(),
      atMs: ms('on the clock of the daemon'),
      wallMs: ms('since 1970'),
      kind: journalKind(),
      code: text(),
      text: text(),
      data: map(true, 'the numbers of it'),
    },
    [],
  ),
  Observations: objectOf<Record<'record' | 'atMs' | 'minutes' | 'sites' | 'switches', unknown>>(
    {
      record: text(),
      atMs: ms('since 1970'),
      minutes: whole(),
      sites: list(ref('Strip')),
      switches: list(
        objectOf<Record<'atMs' | 'from' | 'to' | 'kind' | 'generation', unknown>>(
          { atMs: ms('since 1970'), from: nullable(text()), to: text(), kind: ref('ChangeKind'), generation: whole() },
          [],
        ),
      ),
    },
    [],
  ),
  Strip: objectOf<Strip & { readonly name: string }>(
    {
      name: text(),
      fromMs: ms('since 1970'),
      stepMs: ms(),
      pass: list(whole()),
      fail: list(whole()),
      unknown: list(whole()),
      latencyMs: list(nullable(number()), 'of the slowest pass of each step; null: none passed'),
    },
    [],
  ),
  Order: {
    type: 'object',
    properties: {
      order: { type: 'string', enum: ['hold', 'resume', 'switch', 'failback', 'drill', 'adopt'] },
      site: text('switch and drill: where to'),
      reason: { ...text('why; it is shown and kept'), maxLength: 300 },
      for: text('how long it holds, such as 30m'),
      actor: { ...text('who orders it'), maxLength: 300 },
      override: list({ type: 'string', enum: overrides }, 'guards to overrule; a refusal names the one that may be'),
    },
    required: ['order', 'reason'],
  },
  Answer: objectOf<Answer>(
    {
      accepted: flag(),
      why: text(),
      guard: text('which guard refused'),
      override: { type: 'string', enum: overrides, description: 'order it again with this' },
    },
    ['guard', 'override'],
  ),
};

/** Which part of the journal a row is of. */
export function journalKind(): Schema {
  return wordsOf<JournalLine['kind']>({
    event: 'what was learnt',
    effect: 'what was done',
    tell: 'what people were told',
  });
}
