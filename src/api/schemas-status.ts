import type { AlertStatus } from '../domain/alerts';
import type { Convergence, Course, ResolverCourse } from '../domain/convergence';
import type { ServiceStatus, SiteStatus } from '../domain/explain';
import type { SelftestStatus } from '../domain/proven';
import { testSteps } from '../domain/selftest';
import type { Gate } from '../domain/state';
import { failClasses, type Observation, type Vote } from '../domain/types';
import { either, flag, list, ms, nullable, number, objectOf, ref, type Schema, text, whole, wordsOf } from './schema';

type Result<T extends Observation['result']> = Extract<Observation, { result: T }>;

const result = (word: Observation['result']): Schema => ({ type: 'string', const: word });
const resolverState = wordsOf<ResolverCourse['state']>({
  new: 'the new set',
  old: 'anything else',
  unreachable: 'it told nothing about the record',
});

/** What `status` shows, by the name each part has in `components`. Every object names exactly the keys of its type. */
export const statusSchemas = {
  ServiceStatus: objectOf<ServiceStatus>(
    {
      record: text('the managed name'),
      active: nullable(text(), 'the zone was not read yet, or has no record'),
      wanted: nullable(text()),
      write: wordsOf<ServiceStatus['write']>({
        settled: 'nothing is under way',
        wanted: 'a change was decided',
        writing: 'it is at the provider',
        unsure: 'whether it landed is not known',
        verifying: 'name servers are being asked',
        partial: 'not every server or provider has it',
        stuck: 'the provider does not take it',
      }),
      generation: whole('of the last change, the fencing number in the zone'),
      behind: list(text(), 'with two providers: who does not hold yet what the other does'),
      hold: nullable(
        objectOf<NonNullable<ServiceStatus['hold']>>(
          { by: text(), why: text(), until: nullable(ms('from now'), 'until resume'), actor: nullable(text()) },
          [],
        ),
      ),
      pin: nullable(ref('Pin')),
      dryRun: flag(),
      ready: flag('could it fail over right now?'),
      readyWhy: list(text(), 'why not'),
      sites: list(ref('SiteStatus'), 'in order of preference'),
      change: nullable(ref('Change'), 'nothing is under way'),
      lastSwitch: nullable(ref('LastSwitch')),
      convergence: nullable(ref('Convergence'), 'nothing was measured since the start'),
      budget: objectOf<ServiceStatus['budget']>({ spent: whole(), count: whole(), windowMs: ms() }, []),
      penalty: number('of damping; each failover adds one'),
      failbackWaitMs: ms('how long the better site must have been up'),
      selftest: nullable(ref('Selftest'), 'it is off'),
      alerts: list(ref('Alert'), 'pages first, then what only has to be known, then what is over'),
      options: list(ref('Option'), 'the ways the record could move now, and who objects'),
    },
    [],
  ),
  SiteStatus: objectOf<SiteStatus>(siteProperties(), []),
  Vote: vote(),
  Observation: either(
    objectOf<Result<'pass'>>({ result: result('pass'), latencyMs: ms(), warning: text() }, ['warning']),
    objectOf<Result<'fail'>>({ result: result('fail'), class: ref('FailClass'), why: text(), latencyMs: ms() }, []),
    objectOf<Result<'unknown'>>({ result: result('unknown'), why: text('what is wrong on our side') }, []),
  ),
  FailClass: { type: 'string', enum: failClasses },
  Gate: objectOf<Gate>({ name: text(), open: flag(), why: text() }, []),
  Alert: objectOf<AlertStatus>(
    {
      code: text(),
      page: flag('a human must act'),
      why: text(),
      remedy: text(),
      sinceMs: ms('on the clock of the daemon'),
      lastMs: ms('when its cause was last there'),
      lingers: flag('its cause comes and goes'),
      overForMs: nullable(ms('since its cause was last there'), 'its cause is there'),
    },
    [],
  ),
  Selftest: objectOf<SelftestStatus>(
    {
      result: wordsOf<SelftestStatus['result']>({ untested: '', ok: '', failed: '' }),
      step: nullable({ type: 'string', enum: testSteps }),
      why: text(),
      everyMs: ms(),
      agoMs: nullable(ms(), 'there was none yet'),
      okAgoMs: ms('since the last good one'),
      tookMs: nullable(ms()),
      waits: nullable(text('why it is not made now')),
      credentials: list(
        objectOf<SelftestStatus['credentials'][number]>({ text: text(), leftMs: ms() }, []),
        'which credentials end, and when',
      ),
    },
    [],
  ),
  Convergence: objectOf<Convergence>(
    {
      servers: nullable(objectOf<NonNullable<Convergence['servers']>>({ new: whole(), asked: whole() }, [])),
      resolvers: nullable(ref('Course')),
    },
    [],
  ),
  Course: objectOf<Course>(
    {
      to: text(),
      generation: whole(),
      state: wordsOf<Course['state']>({ measuring: '', converged: '', unconverged: '' }),
      rounds: whole(),
      elapsedMs: ms('since the switch was verified'),
      ratio: nullable(number('the share of the resolvers that answered which show the new set')),
      new: whole(),
      old: whole(),
      unreachable: whole(),
      halfMs: nullable(ms()),
      fullMs: nullable(ms()),
      ttlLeftMs: nullable(ms()),
      maxTtlLeftMs: nullable(ms()),
      slowest: nullable(text()),
      curve: list(list(number()), 'pairs of milliseconds and share'),
      resolvers: list(
        objectOf<ResolverCourse>(
          {
            resolver: text(),
            state: resolverState,
            why: text(),
            ttlLeftMs: nullable(ms()),
            newAfterMs: nullable(ms()),
          },
          [],
        ),
      ),
    },
    [],
  ),
} as const satisfies Readonly<Record<string, Schema>>;

/** One site; the explanation of it has the same keys, and more. */
export function siteProperties(): { readonly [Key in keyof SiteStatus]-?: Schema } {
  return {
    name: text(),
    addresses: list(text()),
    verdict: ref('Vote'),
    disputed: flag('the vantages disagree; the verdict is the one before'),
    forMs: ms('how long it has had this verdict'),
    health: objectOf<SiteStatus['health']>(
      {
        vote: ref('Vote'),
        passes: whole('in a row'),
        fails: whole('in a row'),
        since: nullable(ms('since the first probe of the streak began')),
        failRatio: nullable(number('over the ring'), 'the ring is empty'),
        ring: text('the last paced results, oldest first: p and f'),
        inDoubt: flag('the streak is too short to decide'),
      },
      [],
    ),
    last: nullable(ref('Observation')),
    lastFail: nullable(objectOf<NonNullable<SiteStatus['lastFail']>>({ agoMs: ms(), class: text(), why: text() }, [])),
    gates: list(ref('Gate')),
  };
}

function vote(): Schema {
  return wordsOf<Vote>({
    up: '',
    recovering: 'good enough to flee to, not to come back to',
    down: '',
    unknown: 'nothing fresh was seen',
  });
}
