import type { Mutant } from './mutant';

/** What must come to pass, kept from it: each is found at the end of a seed (sim/lives.ts, sim/write-path.ts), or while a hold is silent. */
export const alive: readonly Mutant[] = [
  {
    name: 'L1: what was decided is put off for two minutes',
    file: 'src/domain/change.js',
    find: 'generation: change.generation, ...pause }',
    put: 'generation: change.generation, ...pause, atLeastMs: 120_000 }',
  },
  {
    name: 'L2: a reading that fails ends the pursuit of a change',
    file: 'src/domain/untried.js',
    find: 'effects: [effect] }',
    put: 'effects: [] }',
  },
  {
    name: 'L3: nobody is told which guard refuses',
    file: 'src/domain/alerts.js',
    find: ', ...(0, refused_1.refusedAlerts)(view, decision)',
    put: '',
  },
  {
    name: 'L4: nobody is told that the self-test fails',
    file: 'src/domain/alerts.js',
    find: '...(0, proven_1.selftestAlerts)(view),',
    put: '',
  },
  {
    name: 'L7: an order finds no site able to serve',
    file: 'src/domain/orders.js',
    find: 'const able = durable.active === order.site || (0, view_1.eligible)(view, order.site) !== null',
    put: 'const able = false',
  },
  {
    name: 'L7: with a full disk nothing is done',
    file: 'src/control/service.js',
    find: 'for (const effect of next.effects)',
    put: "for (const effect of state.unsaved === null ? next.effects : next.effects.filter((one) => one.type === 'tell'))",
  },
];
