import { type CommandRow, exitMeanings } from './command';
import { commands, takers } from './commands';
import { tagline, takenOptions, words } from './help';
import type { OptionRow } from './option';
import { type OptionName, options } from './options';
import { wrap } from './width';

/**
 * deploy/man/failoverd.8 in mdoc(7), made from the same tables as `--help`. The date is that of its own words, below: those of the
 * tables carry none.
 */
export function manualPage(): string {
  const rows = Object.entries<CommandRow>(commands);
  return `${[
    '.Dd November 23, 2026',
    '.Dt FAILOVERD 8',
    '.Os',
    '.Sh NAME',
    '.Nm failoverd',
    `.Nd ${escaped(tagline)}`,
    '.Sh SYNOPSIS',
    '.Nm',
    '.Op Ar command',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    '.Nm',
    prose(
      'checks the same service in several regions and points a DNS name at the first that works: when the active region has really failed, it moves the name to a standby that is really able to serve, verifies that on every authoritative name server, and comes back calmly.',
    ),
    '.Pp',
    prose('The commands are:'),
    tagged(rows.map(([name, row]) => [`Ic ${macro(words(name, row))}`, commandText(row)])),
    '.Pp',
    prose('The options are:'),
    tagged([
      ...takenOptions().map((name) => [flagOf(name), optionText(name)] as const),
      ['Fl h , Fl \\-help', prose('Explain failoverd, or the command it stands behind.')],
      ['Fl \\-version', prose('Print the version.')],
    ]),
    ...sections,
    '.Sh EXIT STATUS',
    tagged(exitMeanings.map(([code, meaning]) => [String(code), prose(sentence(meaning))])),
    '.Sh EXAMPLES',
    ...examples(rows.map(([, row]) => row)),
    ...closing,
  ].join('\n')}\n`;
}

const sections = [
  '.Sh ENVIRONMENT',
  prose('Everything is set by environment variables, which'),
  '.Pa docs/configuration.md',
  prose('lists with their defaults and bounds. These say where the daemon and its commands find each other:'),
  tagged([
    ['Ev FAILOVERD_STATE_DIR', prose('The state directory; else the first of STATE_DIRECTORY, else ./state.')],
    ['Ev NO_COLOR , Ev FORCE_COLOR', prose('Print without colours, or with them in a pipe too.')],
  ]),
  '.Sh FILES',
  tagged([
    ['Pa /etc/failoverd/env', prose('Settings, as the systemd unit reads them.')],
    ['Pa /var/lib/failoverd/failoverd.db', prose('State and history.')],
    [
      'Pa /var/lib/failoverd/failoverd.sock',
      prose('Where the commands reach the daemon. Whoever can open it may give orders; its mode is 0600.'),
    ],
  ]),
  '.Sh SIGNALS',
  tagged([
    ['Dv SIGHUP', prose('Read the configuration again: taken whole, or refused and the old one goes on.')],
    [
      'Dv SIGTERM , SIGINT',
      prose('End in order. A write that is on its way is given some seconds; the next start takes it up.'),
    ],
  ]),
];

const closing = ['.Sh SEE ALSO', '.Xr nsupdate 1 ,', '.Xr resolv.conf 5 ,', '.Xr systemd.service 5'];

function commandText({ summary, text }: CommandRow): string {
  return [sentence(summary), ...text].map(prose).join('\n');
}

function optionText(name: OptionName): string {
  const { summary }: OptionRow<unknown> = options[name];
  return prose(`${sentence(summary)} Taken by ${takers(name).join(', ')}.`);
}

function flagOf(name: OptionName): string {
  const { value }: OptionRow<unknown> = options[name];
  return `Fl \\-${name}${value === null ? '' : ` Ar ${value}`}`;
}

function examples(rows: readonly CommandRow[]): readonly string[] {
  const told = rows.flatMap((row) => row.examples).filter(([, what]) => what !== '');
  return told.flatMap(([line, what], index) => [
    ...(index === 0 ? [] : ['.Pp']),
    prose(sentence(what).replace(/\.$/, ':')),
    `.Dl failoverd ${macro(line)}`,
  ]);
}

function tagged(items: readonly (readonly [string, string])[]): string {
  return ['.Bl -tag -width Ds', ...items.map(([tag, text]) => `.It ${tag}\n${text}`), '.El'].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

/** Every sentence begins a line, as mdoc(7) wants it. */
function prose(text: string): string {
  const sentences = text.split(/(?<=[.?!:]) (?=[A-Z])/);
  return sentences.map((one) => wrap(escaped(one), 78).replace(/^(?=[.'])/gm, '\\&')).join('\n');
}

/** Text that no escape is read into. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** The same as arguments of a macro, where words that are macros and quotes mean something. */
function macro(text: string): string {
  return text
    .split(' ')
    .map((word) =>
      escaped(word)
        .replaceAll('"', '\\(dq')
        .replace(/^(?=[A-Za-z|([.,:;?!\])]{1,2}$)/, '\\&'),
    )
    .join(' ');
}
