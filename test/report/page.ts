import { type Column, cells, markdownTable } from './table';

const proofs: Readonly<Record<string, string>> = {
  dns: 'every name server is asked',
  api: 'reading it back, and a check through the record',
  read: 'the reading is what users get',
};

/** docs/providers.md, from a run. */
export function page(columns: readonly Column[]): string {
  const yes = (claimed: boolean | undefined): string => (claimed === true ? 'yes' : 'no');
  const rows = columns.map(({ card }) => [
    card.adapter,
    yes(card.guarantees?.atomic),
    yes(card.guarantees?.compareAndSwap),
    card.proofs.map((proof) => proofs[proof] ?? proof).join('; '),
    card.against,
  ]);
  const whys = new Map<string, string[]>();
  for (const { card } of columns)
    for (const [clause, why] of Object.entries(card.excused))
      whys.set(why, [...(whys.get(why) ?? []), `${card.adapter} (${clause})`]);
  return `# Providers

What each adapter guarantees, and the suite that holds it to that. Every adapter passes the same suite, against its real server where one
can be run on a test machine and against a fake of the vendor's API elsewhere. This page is written by a run of the suite.

## Guarantees

**Atomic**: who asks the name servers sees the old or the new records, never a mixture and never nothing. **Compare-and-swap**: a change is
made only if the provider still holds what was read, so of two writers one loses, and a request that comes late changes nothing. Where there
is none, the adapter reads again directly before it writes. What the words rest on, and any window that remains, \`failoverd check\` says.

${markdownTable([['adapter', 'atomic', 'compare-and-swap', 'how a change is verified', 'suite run against'], ...rows])}

The row of route53 is that of its default. With \`ROUTE53_WRITE_MODE=upsert\` it does not compare and swap, and reads again directly before it writes.

## The suite

✓ holds; – does not apply, for the reasons below the table.

${markdownTable(cells(columns))}

Why –:

${[...whys].map(([why, where]) => `- ${why}: ${where.join(', ')}.`).join('\n')}

To write this page anew: \`npm run build && CONFORMANCE_PAGE=docs/providers.md npx jest dist/test/providers && npm run format\`.
`;
}
