import type { DayAnswer, DaysAnswer, SiteDay } from '../control/day-answers';
import type { ChannelStatus, JournalLine, JournalRow, RefusedReload } from '../control/ports';
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

const refusal = nullable(
  objectOf<RefusedReload>({ agoMs: ms(), why: text() }, []),
  'the newest reload was taken, or there was none',
);

/** What the routes take and answer, around the status of a service. */
export const routeSchemas: Readonly<Record<string, Schema>> = {
  Error: objectOf<{ readonly error: string; readonly remedy?: string }>(
    { error: text('what is wrong, and what to do'), remedy: text('what to do, where it is told apart') },
    ['remedy'],
  ),
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
  Status: objectOf<
    Record<
      'version' | 'startedAt' | 'at' | 'nowMs' | 'orders' | 'services' | 'notifications' | 'reloadRefused',
      unknown
    >
  >(
    {
      version: text(),
      startedAt: instant(),
      at: ms('since 1970, when this was answered'),
      nowMs: ms('the same on the clock of the daemon, on which pins, alerts, changes and switches have their moments'),
      orders: wordsOf<'socket' | 'token' | 'nobody'>({ socket: '', token: '', nobody: 'this door is read-only' }),
      services: list(ref('ServiceStatus')),
      notifications: list(ref('Channel')),
      reloadRefused: refusal,
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
  StatusEvent: objectOf<
    Record<'at' | 'version' | 'orders' | 'services' | 'reloadRefused', unknown> & { readonly records?: unknown }
  >(
    {
      at: ms('since 1970'),
      version: text(),
      orders: wordsOf<'token' | 'nobody'>({ token: '', nobody: 'the port is read-only' }),
      records: list(text(), 'the names of all, where the list is new'),
      services: list(ref('ServiceStatus'), 'those that changed'),
      reloadRefused: refusal,
    },
    ['records'],
  ),
  Beat: objectOf<{ readonly at: number }>({ at: ms('since 1970') }, []),
  History: objectOf<{ readonly history: unknown; readonly older: unknown }>(
    { history: list(ref('JournalRow')), older: nullable(whole('`before` of the next page'), 'there is nothing more') },
    [],
  ),
  Days: objectOf<DaysAnswer>(
    {
      since: nullable(text('the first day there are numbers of'), 'none yet'),
      truncated: flag('there were more than one answer holds'),
      days: list(ref('Day')),
    },
    [],
  ),
  Day: objectOf<DayAnswer>(
    {
      day: text('UTC, such as 2026-11-23'),
      record: text(),
      watchedSeconds: number('how much of it the daemon ran and watched; the rest is in no other number'),
      elsewhereSeconds: number('of these: it was not known where the record points, or it was at no site'),
      switches: whole(),
      switchesByKind: map(whole()),
      sites: list(
        objectOf<SiteDay>(
          {
            name: text(),
            activeSeconds: number(),
            upSeconds: number('by its verdict'),
            downSeconds: number(),
            unknownSeconds: number(),
            passSeconds: number('by its newest check'),
            failSeconds: number(),
            availability: nullable(number('passSeconds of passSeconds and failSeconds'), 'nothing is known'),
          },
          [],
        ),
      ),
    },
    [],
  ),
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
};

/** Which part of the journal a row is of. */
function journalKind(): Schema {
  return wordsOf<JournalLine['kind']>({
    event: 'what was learnt',
    effect: 'what was done',
    tell: 'what people were told',
  });
}
