import type { Mutant } from './mutant';

const change = 'src/domain/change.js';
const outcome = 'src/domain/outcome.js';
const budget = 'src/domain/budget.js';
const step = 'src/domain/step.js';
const lag = 'src/domain/lag.js';
const orders = 'src/domain/orders.js';

/** From a decision to a committed change. */
export const changes: readonly Mutant[] = [
  {
    name: 'retry without re-justifying: neither target nor guards are looked at again',
    file: change,
    find: 'return able ? (0, guards_1.refusals)(guards_1.sendGuards[change.kind], view)',
    put: 'return true ? []',
  },
  {
    name: 'retry without re-justifying: holds and obstacles are not looked at again',
    file: change,
    find: '(0, guards_1.refusals)(guards_1.sendGuards[change.kind], view)',
    put: '[]',
    tests: ['domain/change', 'control/human'],
  },
  {
    name: 'a dry run sends what the run before left open',
    file: change,
    find: 'if (view.policy.dryRun)',
    put: 'if (false)',
    tests: ['control/dry-run'],
  },
  {
    name: 'a change goes on although the record was moved meanwhile',
    file: change,
    find: 'if (change.from !== durable.active)',
    put: 'if (false)',
    tests: ['domain/change'],
  },
  {
    name: 'an order is carried out after it was withdrawn',
    file: change,
    find: 'durable.pin?.site === change.to ? []',
    put: 'true ? []',
    tests: ['domain/change', 'control/human', 'domain/orders'],
  },
  {
    name: 'a record is created although held',
    file: change,
    find: "durable.hold !== null ? drop('held') : ",
    put: '',
    tests: ['domain/change'],
  },
  {
    name: 'a generation is issued twice',
    file: change,
    find: 'generation: durable.issued + 1,',
    put: 'generation: durable.issued,',
  },
  {
    name: 'an older write that may still land is forgotten by the next change',
    file: change,
    find: "durable.change?.phase === 'unsure' ? 'unsure' : 'intended'",
    put: "durable.change?.phase === 'unsure' ? 'intended' : 'intended'",
    tests: ['domain/change', 'control/human', 'control/provider'],
  },
  {
    name: 'after an unknown outcome the next attempt wipes the doubt',
    file: change,
    find: "const phase = change.phase === 'unsure' ? 'unsure' : 'sending';",
    put: "const phase = 'sending';",
    tests: ['domain/change', 'control/provider'],
  },
  {
    name: 'a withdrawn intent keeps its place in the budget',
    file: change,
    find: 'switches.filter((one) => one.generation !== change.generation)',
    put: 'switches',
    tests: ['domain/change', 'domain/budget', 'control/provider'],
  },
  {
    name: 'edge-triggered write: one attempt, and no other',
    file: outcome,
    find: "{ type: 'point', generation: change.generation, attempt: change.attempts, atLeastMs }",
    put: "{ type: 'tell', tell: { code: 'given-up', level: 'warn', page: false, text: '', fields: {} } }",
    tests: ['domain/change'],
  },
  {
    name: 'an unknown outcome is taken for a refusal',
    file: outcome,
    find: "event.outcome === 'unknown' || ",
    put: '',
    tests: ['domain/change', 'control/provider'],
  },
  {
    name: 'the answer to an older write is taken for that to the newest',
    file: outcome,
    find: "if (change === null || change.generation !== event.generation)\n        return { state, effects: [] };\n    if (change.phase === 'applied')\n        return (0, behind_1.onRest)",
    put: "if (change === null)\n        return { state, effects: [] };\n    if (change.phase === 'applied')\n        return (0, behind_1.onRest)",
    tests: ['domain/change', 'domain/properties', 'control/provider'],
  },
  { name: 'committed although a server differs', file: outcome, find: 'if (laggards.length === 0)', put: 'if (true)' },
  {
    name: 'committed by the verification of an older change',
    file: outcome,
    find: 'if (change.generation !== event.generation || change.phase',
    put: 'if (change.phase',
    tests: ['domain/change'],
  },
  {
    name: 'no penalty for a failover: the next failback is as soon',
    file: outcome,
    find: "(change.kind === 'failover' ? 1 : 0)",
    put: '0',
    tests: ['domain/change', 'domain/budget', 'control/flapping'],
  },
  {
    name: 'an unwanted write under way is not fenced',
    file: step,
    find: 'return fence(view, change, tell);',
    put: 'return { state: (0, change_1.withChange)(state, null), effects: [tell] };',
    tests: ['control/provider', 'domain/change'],
  },
  {
    name: 'a change that nothing justifies any more goes on',
    file: step,
    find: 'if (objection === undefined)\n        return just(state);',
    put: 'return just(state);',
    tests: ['control/provider', 'domain/change'],
  },
  {
    name: 'budget kept in memory only',
    file: step,
    find: 'durable: durable ?? nothingYet,',
    put: 'durable: durable === null ? nothingYet : { ...durable, switches: [] },',
    tests: ['domain/change'],
  },
  {
    name: 'nothing is remembered over a restart: generations begin anew',
    file: step,
    find: 'durable: durable ?? nothingYet,',
    put: 'durable: nothingYet,',
  },
  {
    name: 'the window of the budget has no length',
    file: budget,
    find: 'nowMs - one.atMs < policy.maxSwitches.windowMs)\n        .length',
    put: 'false)\n        .length',
    tests: ['domain/budget'],
  },
  {
    name: 'a write that landed late costs nothing',
    file: budget,
    find: "return [...switches, { atMs, generation, from: active, to, kind: 'failover', verifiedMs: null, why }];",
    put: 'return switches;',
    tests: ['domain/found'],
  },
  {
    name: 'wall clock in a cooldown',
    file: budget,
    find: 'const elapsed = Math.max(0, nowMs - durable.penalty.atMs);',
    put: 'const elapsed = Math.max(0, Date.now() - durable.penalty.atMs);',
    tests: ['domain/budget'],
  },
  {
    name: 'FAILBACK_AFTER shorter than two TTLs is believed',
    file: budget,
    find: 'Math.max(policy.failbackAfterMs, 2 * policy.ttlMs)',
    put: 'policy.failbackAfterMs',
    tests: ['domain/budget'],
  },
  {
    name: 'a write that was said to be taken and was not is never repeated',
    file: lag,
    find: 'moment.nowMs - change.appliedMs >= exports.behindMs',
    put: 'false',
    tests: ['control/lag'],
  },
  {
    name: "a reading from before our own write is taken for somebody's hand",
    file: lag,
    find: 'return older && found.obstacles.length === 0 &&',
    put: 'return false &&',
    tests: ['control/lag', 'domain/found'],
  },
  {
    name: 'an order leads to a site that is not up',
    file: orders,
    find: '!able && ',
    put: 'false && ',
    tests: ['domain/orders', 'control/human'],
  },
  {
    name: 'holds and pins never expire',
    file: orders,
    find: 'one.untilMs !== null && one.untilMs <= nowMs',
    put: 'false',
    tests: ['domain/orders', 'control/human'],
  },
];
