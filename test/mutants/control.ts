import type { Mutant } from './mutant';

const point = 'src/control/point.js';
const service = 'src/control/service.js';
const careful = 'src/control/careful.js';
const verify = 'src/control/verify.js';
const together = 'src/control/together.js';
const selftest = 'src/control/selftest.js';
const beat = 'src/control/beat.js';

/** One service's life: saved, sent, verified. */
export const control: readonly Mutant[] = [
  {
    name: 'an intent is journalled without its evidence',
    file: 'src/control/journal.js',
    find: '{ ...data, change } : data',
    put: 'data : data',
  },
  {
    name: 'the evidence of an intent leaves out the sites',
    file: 'src/domain/decide.js',
    find: 'sites: view.policy.sites.map((site) => siteEvidence(view, site.name))',
    put: 'sites: []',
  },
  {
    name: 'the beat reads ten times a second',
    file: beat,
    find: 'exports.verifyPeriodMs * (0.9 + 0.1 * ports.random())',
    put: '100',
  },
  {
    name: 'nothing is saved before its effects',
    file: service,
    find: 'save(before, event, next.effects, now.nowMs);',
    put: '',
    tests: ['control/crash'],
  },
  {
    name: 'a late answer is saved over the state of whoever came after',
    file: service,
    find: 'if (ended)',
    put: 'if (false)',
    tests: ['control/daemon', 'control/pointer', 'control/crash', 'control/provider'],
  },
  {
    name: 'retry without re-justifying: sent without looking whether it is still justified',
    file: point,
    find: 'if (objection !== undefined)',
    put: 'if (false)',
    tests: ['control/both'],
  },
  {
    name: 'a daemon that was told to stop sends all the same',
    file: point,
    find: 'if (now === null || stopped || signal.aborted)',
    put: 'if (now === null || signal.aborted)',
    tests: ['control/pointer'],
  },
  {
    name: 'an attempt that a newer one displaced is sent all the same',
    file: point,
    find: 'if (now === null || stopped || signal.aborted)',
    put: 'if (now === null || stopped)',
    spare: 'its generation is not that of the change under way any more, which is looked at in the same line',
  },
  {
    name: 'two requests of one service at once',
    file: point,
    find: 'await current.done;\n        }',
    put: '}',
    tests: ['control/pointer', 'control/provider'],
  },
  {
    name: "a provider's Retry-After is ignored",
    file: point,
    find: 'Math.max(waitMs - restedMs, Math.min(atLeastMs, pressed_1.longestMs), 0)',
    put: 'Math.max(waitMs - restedMs, 0)',
    tests: ['control/pointer', 'control/provider'],
  },
  {
    name: 'a Retry-After of a year is believed',
    file: point,
    find: 'Math.min(atLeastMs, pressed_1.longestMs)',
    put: 'atLeastMs',
    tests: ['control/pointer', 'control/provider'],
  },
  {
    name: 'no pause between attempts',
    file: 'src/control/backoff.js',
    find: 'if (attempt <= 0)',
    put: 'if (true)',
    tests: ['control/backoff'],
  },
  {
    name: 'secrets are told',
    file: careful,
    find: 'return { ...outcome, why: redact(outcome.why) };',
    put: 'return outcome;',
    tests: ['control/careful'],
  },
  {
    name: 'an empty set is handed to the adapter',
    file: careful,
    find: 'if (values === 0)',
    put: 'if (false)',
    tests: ['control/careful'],
  },
  {
    name: 'an adapter that never answers holds everything up',
    file: careful,
    find: 'Promise.race([worked, aborted])',
    put: 'worked',
    tests: ['control/careful'],
  },
  {
    name: 'no name server asked is as good as all agreeing',
    file: verify,
    find: 'if (seen.answers.length === 0)',
    put: 'if (false)',
    tests: ['control/proof', 'control/partial', 'control/provider'],
  },
  {
    name: "a name server's differing answer is not counted",
    file: verify,
    find: 'seen.answers.map(({ server, agrees, why }) => ({ server, agrees, why }))',
    put: 'seen.answers.map(({ server, why }) => ({ server, agrees: true, why }))',
    tests: ['control/partial'],
  },
  {
    name: 'behind a proxy the service itself need not pass',
    file: verify,
    find: "if (seen.result === 'pass')",
    put: 'if (true)',
    tests: ['control/proof'],
  },
  {
    name: 'two providers: the one that could not be read is written',
    file: together,
    find: 'if (found === null)',
    put: 'if (false)',
    tests: ['control/together', 'control/both'],
  },
  {
    name: 'two providers: one that refused is not behind',
    file: together,
    find: '...more, behind: words }',
    put: '...more }',
    tests: ['control/together', 'control/both'],
  },
  {
    name: 'two providers: an unknown outcome beside a refusal is a refusal',
    file: together,
    find: "has('unknown') ? 'unknown' : ",
    put: '',
    tests: ['control/together', 'control/both'],
  },
  {
    name: 'two providers: one that asked for a pause is asked again at once',
    file: together,
    find: 'return retryAfterMs > 0 ?',
    put: 'return false ?',
    tests: ['control/together', 'control/both'],
  },
  {
    name: 'the self-test does not give way to a change',
    file: selftest,
    find: 'if (marker === null || waits() || gaveWay())',
    put: 'if (marker === null)',
    tests: ['control/selftest'],
  },
  {
    name: 'the self-test claims a record before others were asked for',
    file: selftest,
    find: '(marker === null && !beat.claimsKnown())',
    put: 'false',
    tests: ['control/selftest', 'control/claims'],
  },
  {
    name: "the self-test writes over another owner's marker",
    file: selftest,
    find: '(marker !== null && marker.owner !== policy.owner)',
    put: 'false',
    spare:
      'the same reading is judged first: another owner holds the record, or, once adopted, is displaced by a change',
  },
  {
    name: 'a decision before the marks of other tools were asked for',
    file: beat,
    find: 'if (isFirst)\n            await claims();',
    put: '',
    tests: ['control/claims'],
  },
];
