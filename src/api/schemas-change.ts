import type { Option } from '../domain/decide';
import type { ServiceStatus } from '../domain/explain';
import { overrides } from '../domain/overrides';
import type { WriteTrouble } from '../domain/pressed';
import type { Change, ChangeKind, Pin, Refusal, Switch } from '../domain/state';
import {
  either,
  flag,
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

/** Changes, made and refused, by the name each part has in `components`. */
export const changeSchemas = {
  Pin: objectOf<NonNullable<ServiceStatus['pin']>>(
    {
      site: text(),
      by: wordsOf<Pin['by']>({ order: '', zone: 'a human moved the record itself', drill: '', failback: '' }),
      actor: nullable(text()),
      why: text(),
      sinceMs: ms('on the clock of the daemon'),
      untilMs: nullable(ms('on the clock of the daemon'), 'until resume'),
      until: nullable(ms('from now'), 'until resume'),
      override: list({ type: 'string', enum: overrides }, 'the guards that the order overruled'),
    },
    ['override'],
  ),
  ChangeKind: kind(),
  Change: objectOf<Omit<Change, 'evidence'>>(
    {
      generation: whole(),
      from: nullable(text()),
      to: text(),
      kind: ref('ChangeKind'),
      decidedMs: ms('on the clock of the daemon'),
      causeMs: nullable(ms('when the failure that caused it began')),
      releasedMs: nullable(ms('when the hold or pin ended that outlasted this beginning')),
      phase: wordsOf<Change['phase']>({
        intended: 'surely not in the zone',
        sending: 'on its way',
        unsure: 'it may land yet',
        applied: 'the provider has it',
      }),
      attempts: whole(),
      sentMs: nullable(ms('when the first attempt left')),
      appliedMs: nullable(ms()),
      requestId: nullable(text("the provider's own id of the request that it took")),
      laggards: list(text(), 'servers that do not answer the new set yet'),
      trouble: nullable(
        objectOf<WriteTrouble>(
          {
            code: wordsOf<WriteTrouble['code']>({
              ...{ conflict: '', throttled: '', denied: '', unavailable: '', unknown: '' },
              ...{ 'read-failed': '', unverified: '', waits: '' },
            }),
            why: text(),
            sinceMs: ms(),
          },
          [],
        ),
      ),
      why: text(),
    },
    ['releasedMs', 'sentMs', 'requestId'],
  ),
  LastSwitch: objectOf<Switch & { readonly agoMs: number }>(
    {
      atMs: ms('on the clock of the daemon'),
      generation: whole(),
      from: nullable(text()),
      to: text(),
      kind: ref('ChangeKind'),
      verifiedMs: nullable(ms('on the clock of the daemon'), 'not verified'),
      seen: flag('a reading showed it before it was verified'),
      why: text(),
      actor: nullable(text('who ordered it'), 'nobody did'),
      agoMs: ms(),
    },
    ['seen', 'actor'],
  ),
  Refusal: objectOf<Refusal>(
    { guard: text(), why: text(), numbers: ref('Numbers'), clears: text('what ends it'), page: flag() },
    [],
  ),
  Numbers: map(either(number(), text(), { type: 'null' }), 'what a guard counted'),
  Option: objectOf<Option>({ kind: ref('ChangeKind'), to: nullable(text()), refusals: list(ref('Refusal')) }, []),
} as const satisfies Readonly<Record<string, Schema>>;

function kind(): Schema {
  return wordsOf<ChangeKind>({
    failover: '',
    failback: '',
    order: 'a human chose the site',
    drill: '',
    create: 'the zone had no record',
    fence: 'the present value, written anew to shut out an older change',
  });
}
