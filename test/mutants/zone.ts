import type { Mutant } from './mutant';

const found = 'src/domain/found.js';
const claims = 'src/domain/claims.js';
const parts = 'src/domain/parts.js';
const reading = 'src/domain/reading.js';
const unfinished = 'src/domain/unfinished.js';
const selftest = 'src/domain/selftest.js';
const hints = 'src/domain/hints.js';

/** What the zone holds, whose it is, and what follows. */
export const zone: readonly Mutant[] = [
  {
    name: 'the generation about to be written, found written by another of our owner, is no twin',
    file: found,
    find: 'if (taken || ',
    put: 'if (',
    tests: ['domain/found'],
  },
  {
    name: 'a saved pin that is older than the zone is followed',
    file: found,
    find: 'const overtaken = outdated && ',
    put: 'const overtaken = false && ',
    tests: ['domain/found'],
  },
  {
    name: 'a foreign owner is written over',
    file: found,
    find: 'if (stranger !== null)',
    put: 'if (false)',
    tests: ['domain/found'],
  },
  {
    name: 'values of no configured site are written over',
    file: found,
    find: "return { by: 'drift', why: ",
    put: "return null && { by: 'drift', why: ",
    tests: ['domain/found'],
  },
  {
    name: 'an alias or a weighted record is written over',
    file: found,
    find: 'if (obstacles.length > 0)',
    put: 'if (false)',
    tests: ['domain/found', 'domain/properties'],
  },
  {
    name: 'a record is created without permission',
    file: found,
    find: 'return policy.create\n',
    put: 'return true\n',
    tests: ['domain/found'],
  },
  {
    name: 'a zone that went back is taken for a choice',
    file: found,
    find: 'if (marker.generation < durable.generation && site.name !== durable.active)',
    put: 'if (false)',
    tests: ['domain/found'],
  },
  {
    name: 'a second failoverd of the same owner is not seen',
    file: found,
    find: 'marker.generation > durable.issued',
    put: 'false',
    tests: ['domain/found'],
  },
  {
    name: "a hand's move is not pinned: automation moves it back",
    file: found,
    find: 'const pin = late && !overtaken ',
    put: 'const pin = true ',
    tests: ['domain/found', 'control/human'],
  },
  {
    name: 'replaying a backlog after reconnection: intents survive a restart',
    file: found,
    find: "return state.durable.change !== null && state.durable.change.phase !== 'applied'",
    put: 'return false',
    tests: ['domain/found', 'control/crash'],
  },
  {
    name: 'a hold for drift ends by itself although the drift stays',
    file: found,
    find: 'state: (0, holds_1.hold)(first ? dropUnsent(seen) : seen, problem, view.moment.nowMs)',
    put: 'state: seen',
    tests: ['domain/found'],
  },
  {
    name: "a hand's mixed values are taken for our half-made change",
    file: unfinished,
    find: '(0, hints_1.isConfigured)(policy.sites, sets)',
    put: 'true',
    tests: ['domain/unfinished'],
  },
  {
    name: 'a half-made change of a generation that was never issued is completed',
    file: unfinished,
    find: ' || marker.generation > durable.issued',
    put: '',
    tests: ['domain/unfinished'],
  },
  {
    name: 'hints at the old site are no drift',
    file: hints,
    find: ' && strayHints(sets).length === 0',
    put: '',
    tests: ['control/hints', 'dns/hints', 'domain/svcb'],
  },
  {
    name: "other tools' marks are ignored",
    file: claims,
    find: 'return [...all, ...claimants(policy, claims)];',
    put: 'return all;',
    tests: ['control/claims', 'domain/found', 'domain/orders'],
  },
  {
    name: 'one adoption takes over everybody who comes later',
    file: claims,
    find: '!durable.adopted.includes(key)) ?? null',
    put: 'durable.adopted.length === 0) ?? null',
    tests: ['control/claims', 'domain/orders', 'domain/found'],
  },
  {
    name: "a stranger's TXT in our marker's place can be adopted",
    file: claims,
    find: 'if (fixed !== undefined)',
    put: 'if (false)',
    tests: ['control/claims', 'domain/orders'],
  },
  {
    name: 'two providers: a difference that nothing explains is written over',
    file: parts,
    find: 'diverged: strange.length === 0',
    put: 'diverged: true',
    tests: ['domain/parts', 'control/both'],
  },
  {
    name: 'two providers: the older one speaks for the zone',
    file: parts,
    find: 'rank(right) - rank(left)',
    put: 'rank(left) - rank(right)',
    tests: ['domain/parts', 'control/both'],
  },
  {
    name: 'two providers: a part that is behind is in line',
    file: parts,
    find: 'return !old && holdsSame(policy, found.sets, newest.sets);',
    put: 'return true;',
    tests: ['domain/parts', 'control/both'],
  },
  {
    name: 'two providers: the one that can be read is all there is',
    file: parts,
    find: 'const lagging = unread.length > 0 && known !== null && durable.generation >= generationOf(found);',
    put: 'const lagging = false;',
    tests: ['domain/parts', 'control/both', 'control/both-crash'],
  },
  {
    name: 'two providers: adopted without memory while one is unread',
    file: reading,
    find: 'if (unreadable !== null && (0, view_1.siteNamed)(policy, state.durable.active) === null)',
    put: 'if (false)',
    tests: ['control/both'],
  },
  {
    name: 'two providers: brought into line while that is not justified',
    file: reading,
    find: ' || (0, change_1.objectionsToRest)(view).length > 0',
    put: '',
    tests: ['domain/reading'],
  },
  {
    name: 'the self-test writes while held',
    file: selftest,
    find: 'if (hold !== null)',
    put: 'if (false)',
    tests: ['domain/selftest'],
  },
  {
    name: 'the self-test writes while a change is under way',
    file: selftest,
    find: "if (change !== null)\n        return 'a change is under way';",
    put: '',
    tests: ['domain/selftest'],
  },
  {
    name: 'the self-test goes on while the active site is in doubt',
    file: selftest,
    find: 'if ((0, health_1.inDoubt)(health, policy))',
    put: 'if (false)',
    tests: ['domain/selftest'],
  },
];
