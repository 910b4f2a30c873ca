import { type CommandRow, exitMeanings } from './command';
import { commands } from './commands';
import { words, written } from './help';
import type { OptionRow } from './option';
import { options } from './options';

/** docs/commands.md, made from the same tables as `--help`. */
export function commandsMarkdown(): string {
  const rows = Object.entries<CommandRow>(commands);
  return `# Commands

This page is made from the program's own table of commands; \`failoverd COMMAND --help\` prints the same, \`deploy/man/failoverd.8\` is the
manual page. In a checkout \`npm start -- COMMAND\` is \`failoverd COMMAND\`. \`run\`, \`check\`, \`probe\`, \`rto\`, \`simulate\` and \`notify\`
read the configuration. \`help\`, \`version\` and \`completion\` of a shell need nothing. All others, and \`completion\` of sites and records, ask the
running daemon: they find its socket by \`FAILOVERD_STATE_DIR\`.

On a terminal the output is coloured and as wide as the terminal; \`NO_COLOR=1\` and \`FORCE_COLOR=1\` decide otherwise. In a pipe it is
plain. \`--json\` is for programs: keys may be added to it, but none is taken away or renamed.

${rows.map(([name, row]) => command(name, row)).join('\n\n')}

## Exit status

${exitMeanings.map(([code, meaning]) => `- **${code}**: ${meaning}`).join('\n')}

## Completion

\`failoverd completion bash\`, \`zsh\` or \`fish\` prints the script for that shell. Names of sites and records are asked of the running
daemon, which is waited for a second; without one, commands and options are completed all the same. Where \`--record\` stands on the line
already, \`switch\` and \`drill\` are offered the sites of that service.

## Over HTTP

What these commands ask and order goes over HTTP too, at \`FAILOVERD_LISTEN\`; \`GET /api/v1/openapi.json\` describes it (OpenAPI 3.1). A
test holds every answer of a running daemon to that description.
`;
}

function command(name: string, row: CommandRow): string {
  const parts = [
    `## ${name}\n\n\`failoverd ${words(name, row)}${row.options.length === 0 ? '' : ' [options]'}\`: ${row.summary}.`,
    ...row.text.map(escaped),
    ...(row.options.length === 0 ? [] : [row.options.map(option).join('\n')]),
    ...(row.examples.length === 0 ? [] : [`\`\`\`sh\n${row.examples.map(example).join('\n')}\n\`\`\``]),
  ];
  return parts.join('\n\n');
}

function option(name: CommandRow['options'][number]): string {
  const { summary }: OptionRow<unknown> = options[name];
  return `- \`${written(name)}\`: ${summary}`;
}

function example([line, what]: CommandRow['examples'][number]): string {
  return `failoverd ${line}${what === '' ? '' : `   # ${what}`}`;
}

/** Names with underscores are names. */
function escaped(text: string): string {
  return text.replace(/[A-Z]+(_[A-Z]+)+/g, '`$&`');
}
