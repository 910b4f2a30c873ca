import type { Mutant } from './mutant';

/** What a human is told, and what a human may overrule. */
export const explanations: readonly Mutant[] = [
  {
    name: 'why: the pin forgets what was overruled',
    file: 'src/domain/orders.js',
    find: '{ ...pin, override }',
    put: 'pin',
    tests: ['domain/orders'],
  },
  {
    name: 'why: a failback that was overruled is a move only, and is undone at once',
    file: 'src/domain/orders.js',
    find: "{ site: first, by: 'order', ...stamp }",
    put: "{ site: first, by: 'failback', ...stamp }",
    tests: ['domain/orders'],
  },
  {
    name: 'why: any guard can be overridden by its name',
    file: 'src/domain/overrides.js',
    find: 'exports.overrides.find((one) => one === guard) ?? null',
    put: 'guard',
    tests: ['api/api'],
  },
  {
    name: 'why: the time of a write begins with its last attempt',
    file: 'src/domain/change.js',
    find: 'change.sentMs ?? view.moment.nowMs',
    put: 'view.moment.nowMs',
    tests: ['control/why'],
  },
  {
    name: 'why: a decision beside an older request leaves no evidence',
    file: 'src/control/journal.js',
    find: 'issued > before.durable.issued',
    put: "change.phase === 'intended'",
    tests: ['control/why'],
  },
  {
    name: 'why: the journal does not keep what stood',
    file: 'src/control/journal.js',
    find: ', stood: stood() }',
    put: ' }',
    tests: ['control/why'],
  },
  {
    name: 'why: a past blip is not found among the probes',
    file: 'src/control/then.js',
    find: 'name === active && health.fails > 0',
    put: 'false',
    tests: ['control/why'],
  },
  {
    name: 'why: the earliest move forgets the pace of the probes',
    file: 'src/domain/earliest.js',
    find: '(0, health_1.inDoubt)(one, policy) ? policy.confirmIntervalMs : policy.intervalMs',
    put: 'policy.intervalMs',
    tests: ['domain/why'],
  },
  {
    name: 'why: a hold is not the answer while the active site is down',
    file: 'src/domain/answer.js',
    find: "first !== undefined && (verdict === 'down' || ownWord.includes(first.guard))",
    put: 'false',
    tests: ['domain/why'],
  },
  {
    name: 'why: a past moment is looked for from the newest row on',
    file: 'src/store/at.js',
    find: '(0, sqlite_1.integer)(row.wall_ms) <= wallMs',
    put: 'true',
    tests: ['store/at'],
  },
];
