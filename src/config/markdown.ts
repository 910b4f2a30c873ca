import type { ProviderRow } from '../../providers/provider';
import { daemonTable } from './daemon-variables';
import { serviceTable } from './service-variables';
import { envName, fallbackText, type Table } from './variable';

const checkForms: readonly (readonly string[])[] = [
  ['`https:///health`, `http://…`', 'the answer is what `FAILOVERD_EXPECT_…` asks for'],
  ['`tls://`, `tls://:8443`', 'a certificate for the name is shown'],
  ['`tcp://:5432`', 'the connection is accepted'],
  ['`exec:/path/to/program arguments`', 'the program ends with status 0; no shell, `"…"` keeps spaces'],
];

/** docs/configuration.md, made from the tables that the program itself reads. */
export function configurationMarkdown(providers: readonly ProviderRow[]): string {
  const accepted = Object.entries<Table[string]>(daemonTable).filter(([, row]) => row.parser.accepts !== 'nothing yet');
  const refused = Object.entries<Table[string]>(daemonTable).filter(([, row]) => row.parser.accepts === 'nothing yet');
  const reasons = new Set(refused.map(([, row]) => row.meaning));
  const adapters = providers.map((row) => `\`${row.name}\``).join(', ');
  return `# Configuration

This page is made from the program's own table of variables. \`failoverd check\` prints what holds: the main settings, and every one that is not at its
default; with \`--json\` all of them.

Everything is set by environment variables. Problems are reported together, each with its name, value, reason and remedy, and the
exit status is 78. Of several faults in one value some may show only once the first is mended, and what depends on several variables
(\`FAILOVERD_RTO\`) only once each of them is right. An unknown \`FAILOVERD_\` name is a problem, and so is an empty value: leave a variable out to get its default.

- Durations carry a unit: \`500ms\`, \`10s\`, \`5m\`, \`2h\`, \`1d\`.
- Lists are comma-separated.
- A secret \`X\` may be given as \`X_FILE\`: the path of a file that only the daemon's user can read (mode 600, or a systemd
  credential). The newline at its end is dropped.

## A service

${table(Object.entries(serviceTable), serviceTable)}

Adapters: ${adapters}. A service takes one of them, or two.

### Checks

${rows(['form', 'passes when'], checkForms)}

Without a host, or with the record as the host, the site's own address is asked, for the record's name. Any other host is resolved.
\`{site}\` and \`{address}\` are replaced in host, path and arguments. \`shadow+https://…\` is recorded and shown but does not count. A
comma inside a URL is written \`%2C\`.

What stands in the query of a check or a canary may be a secret: the URL is shown with \`…\` for each value (\`https:///health?token=…\`),
and a value of 12 characters, or of 6 with a digit, is hidden wherever else it turns up, unless it is a name or address of the service.
What stands elsewhere in a check, in the path or in arguments, is shown.

## The daemon

${table(accepted, daemonTable)}

Refused, so that nobody relies on them: ${[...reasons]
    .map(
      (why) =>
        `${refused
          .filter(([, row]) => row.meaning === why)
          .map(([key]) => code(envName(daemonTable, key)))
          .join(', ')} (${why})`,
    )
    .join('; ')}.

## The providers' own variables

${rows(
  ['variable', 'provider', 'meaning'],
  providers.flatMap((row) =>
    row.variables.map(({ name, required, secret, meaning }) => [
      code(name),
      row.name,
      `${meaning}${required ? '; required' : ''}${secret ? `; secret, or ${code(`${name}_FILE`)}` : ''}`,
    ]),
  ),
)}

## Several services

\`FAILOVERD_SERVICES_FILE\` names a YAML file. Each entry of \`services\` takes the variables of the first table, in lower case and
without the prefix; what an entry leaves out comes from the environment, then from the defaults. \`FAILOVERD_RECORD\` cannot be set
together with it.

The file must belong to root or to the daemon's user, and neither group nor others may write it; otherwise it is
refused, with the command that mends it.

\`\`\`yaml
services:
  - record: www.example.com
    sites:
      asia-east1: [203.0.113.10, "2001:db8::10"]
      europe-west1: 198.51.100.7
    check: https:///health
    fall: 4
  - record: api.example.com
    sites: asia-east1=203.0.113.20, europe-west1=198.51.100.8
    check:
      - https:///health
      - shadow+tcp://:5432
    checks:
      europe-west1: https:///health?deep=1
\`\`\`

Every value is read as text. Aliases, tags, repeated keys and unknown keys are refused. Quote what begins with \`*\`, such as a cron
expression.

On SIGHUP the file is read again, and refused whole if anything in it is wrong. A service or a setting that vanished from it is refused
too, because leaving something out would loosen it in silence: write the default out, or restart.
`;
}

function table(entries: readonly (readonly [string, Table[string]])[], of: Table): string {
  return rows(
    ['variable', 'default', 'accepts', 'meaning'],
    entries.map(([key, row]) => [
      code(envName(of, key)),
      row.fallback.kind === 'text' ? code(row.fallback.text) : fallbackText(row.fallback),
      row.parser.accepts,
      `${row.meaning}${row.secret === true ? `; secret, or ${code(`${envName(of, key)}_FILE`)}` : ''}`,
    ]),
  );
}

/** A table with aligned columns, as the formatter leaves it. */
function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = [head, ...body].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill: string): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  const rule = line(
    head.map(() => ''),
    '-',
  );
  return [line(first, ' '), rule, ...rest.map((row) => line(row, ' '))].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
