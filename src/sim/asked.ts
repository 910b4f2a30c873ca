import { parseArgs } from 'node:util';

/** What `npm run sim` prints for --help. */
export const usage = `usage: npm run sim -- [option …]

Plays the real daemon code in a simulated world, every promise checked at every event.

  --seed N      plays one seed and tells its story
  --plan FILE   plays a plan that was kept in sim-failures/, and tells its story
  --seeds N     so many seeds (default 200), from --from N (default 1)
  --years N     as many as make so many service-years
  --minutes N   as many as fit
  --jobs N      processes (default 1)
  --json        the tally as one line of JSON
  --sum FILE    adds up the lines of several runs of one commit, no seed twice
  --markdown    with --sum: as the tables of docs/proof.md
  --explore N   walks through the small worlds instead, at most N states of each

Exits 1 when a promise was broken, or the code that is played threw: with the seed, the commit, a plan shrunk to what it needs, its story and
the journals in sim-failures/. Exits 2 when it was not asked well.`;

const options = {
  seed: { type: 'string' },
  plan: { type: 'string' },
  seeds: { type: 'string' },
  from: { type: 'string', default: '1' },
  years: { type: 'string' },
  minutes: { type: 'string' },
  explore: { type: 'string' },
  jobs: { type: 'string', default: '1' },
  stride: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  sum: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** The options as they were given, or why they are not understood. */
export function asked() {
  try {
    return { ok: true, values: parseArgs({ options }).values } as const;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) } as const;
  }
}
