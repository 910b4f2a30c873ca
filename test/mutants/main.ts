import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBench, root } from './judge';
import { type Mutant, maxSeeds } from './mutant';
import { mutants } from './table';

const usage = `usage: npm run mutants -- [WORDS] [option …]

Removes each check that a promise rests on in turn, and the suite must notice: the simulator within so many seeds, or the tests named beside
it. Prints the kill table as it grows. WORDS: those alone that have them in name or file.

  --jobs N   so many at once (default 1)
  --table    writes these rows into docs/proof.md

Exits 1 when one survives, 2 when it was not asked well.
`;

/** `npm run mutants`. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      jobs: { type: 'string', default: '1' },
      table: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [word = ''] = positionals;
  const chosen = mutants.filter(({ name, file }) => name.includes(word) || file.includes(word));
  const startedMs = performance.now();
  const place = mkdtempSync(join(tmpdir(), 'failoverd-mutants-'));
  const waiting = chosen.entries();
  const rows: Row[] = [];
  const work = async (job: number): Promise<void> => {
    const bench = createBench(join(place, String(job)));
    for (const [index, mutant] of waiting) {
      const beganMs = performance.now();
      if (mutant.spare !== undefined) {
        rows[index] = { mutant, noticedBy: `nobody can: ${mutant.spare}` };
        continue;
      }
      const noticedBy = await bench.judge(mutant).catch((error: unknown) => ({ why: String(error) }));
      const row: Row = { mutant, noticedBy: typeof noticedBy === 'string' ? noticedBy : null };
      rows[index] = row;
      const why = noticedBy !== null && typeof noticedBy === 'object' ? ` (${noticedBy.why})` : '';
      process.stdout.write(`${line(row)}${why} ${((performance.now() - beganMs) / 1000).toFixed(0)} s\n`);
    }
    bench.close();
  };
  try {
    const sound = await baseline(join(place, 'sound'), chosen);
    if (sound !== null) throw new Error(`without any mutant: ${sound}`);
    await Promise.all(Array.from({ length: Number(values.jobs) }, (_, job) => work(job)));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  const survivors = rows.filter(({ noticedBy }) => noticedBy === null);
  const minutes = (performance.now() - startedMs) / 60_000;
  process.stdout.write(
    `\n${rows.length - survivors.length} of ${rows.length} noticed in ${minutes.toFixed(0)} minutes\n`,
  );
  for (const { mutant } of survivors) process.stdout.write(`SURVIVED: ${mutant.name}\n`);
  if (values.table) keep(rows, minutes);
  return survivors.length === 0 ? 0 : 1;
}

interface Row {
  readonly mutant: Mutant;
  readonly noticedBy: string | null;
}

/** What notices a mutant must be silent without one. */
async function baseline(place: string, chosen: readonly Mutant[]): Promise<string | null> {
  const names = [...new Set(chosen.flatMap(({ tests = [] }) => tests))];
  const bench = createBench(place);
  const seeds = chosen.some(({ tests }) => tests === undefined) ? await bench.seeds() : null;
  const failed = seeds ?? (names.length === 0 ? null : await bench.tests(names));
  bench.close();
  return failed;
}

function line({ mutant, noticedBy }: Row): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');
  const file = mutant.file.replace(/\.js$/, '.ts');
  return `| ${cell(mutant.name)} | \`${file}\` | ${noticedBy === null ? '**nobody**' : cell(noticedBy)} |`;
}

/** Rows of this run take the place of older ones, in the section between its heading and the next; what is no mutant any more goes. */
function keep(rows: readonly Row[], minutes: number): void {
  const path = join(root, 'docs', 'proof.md');
  const [before = '', rest = ''] = readFileSync(path, 'utf8').split('\n## Mutants\n');
  const end = rest.indexOf('\n## ');
  const [section, after] = end < 0 ? [rest, ''] : [rest.slice(0, end), rest.slice(end)];
  const known = new Map(section.split('\n').map((text) => [nameIn(text), text.replace(/ +\|/g, ' |')]));
  for (const row of rows) known.set(nameIn(line(row)), line(row));
  const lines = mutants.flatMap((mutant) => known.get(nameIn(line({ mutant, noticedBy: null }))) ?? []);
  const whole = `The whole run, \`npm run mutants\`, took ${minutes.toFixed(0)} minutes on one of two shared cores.`;
  const took = rows.length === mutants.length ? whole : (/^The whole run.*$/m.exec(section)?.[0] ?? '');
  const text = [
    ...['', '## Mutants', '', ...about, '', took, '', '| mutant | file | noticed by |', '| --- | --- | --- |'],
    ...lines,
    '',
  ];
  writeFileSync(path, `${before}${text.join('\n')}${after}`);
}

function nameIn(text: string): string {
  return /^\| (.*?) +\| /.exec(text)?.[1] ?? '';
}

const about = [
  'Each check that a promise rests on is removed or turned round in turn, in the compiled code, and somebody must notice: the simulator',
  `within ${maxSeeds} seeds, or the test files that \`test/mutants/\` names, of which the first test to fail stands here. Without any mutant all of`,
  'them are silent, which the run looks at first; a file that does not load and a run that does not end are no noticing. A quick test holds',
  'the table to the code: every place stands there exactly once, and every row below is one of them.',
];

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const badlyAsked = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(badlyAsked ? `${error.message}\n\n${usage}` : `${String(error)}\n`);
    process.exitCode = badlyAsked ? 2 : 1;
  },
);
