import type { Argument, CommandRow } from './command';
import type { Words } from './option';
import type { OptionName } from './options';

const site: readonly Argument[] = [{ name: 'SITE', words: 'sites', optional: false }];
const order = ['record', 'reason'] as const;
const lasting = [...order, 'for'] as const;
const moving = [...lasting, 'override'] as const;

/**
 * Every command. `--help`, the man page, docs/commands.md, completion and the parser are made from this table. A new command is a row
 * here (its options in `options.ts`), a file beside this one, and a case in `main.ts`.
 */
export const commands = {
  run: {
    summary: 'watch and switch, as configured by the environment (default)',
    text: [
      'Runs in the foreground until SIGTERM or SIGINT. SIGHUP reads the configuration again: it is taken whole, or refused and the old one goes on.',
    ],
    args: [],
    options: [],
    examples: [['run', 'what the systemd unit does']],
  },
  check: {
    summary: 'validate everything: settings, recovery time, the write path',
    text: [
      'Prints the settings in force, the worst-case recovery time, what the credentials may do, and who else claims the record. It reads and changes nothing, and may run beside the daemon.',
      'Exit 1 if a line says ERROR, as when the recovery time is longer than FAILOVERD_RTO: such settings the daemon refuses to start with.',
    ],
    args: [],
    options: ['record', 'json'],
    examples: [
      ['check', 'before the first start, and after every change of the settings'],
      ['check --record www.example.com', 'one of several services'],
    ],
  },
  probe: {
    summary: 'run every health check once and print what it showed',
    text: ['Asks from this machine, whether or not the daemon runs. Exit 0 only if every check that counts passed.'],
    args: [],
    options: ['record', 'json'],
    examples: [['probe', 'does every site answer from here, now?']],
  },
  status: {
    summary: 'what is active, what is wanted, what is wrong and what to do about it',
    text: [
      'Asks the running daemon. Beside each site stand its last checks, the newest at the right, high where one failed; in a pipe . is a pass and x a fail.',
      'With --watch those services stand first on a terminal that need somebody; a daemon that cannot be reached is said and waited for; Ctrl-C ends it. With --json too, each change is one line.',
    ],
    args: [],
    options: ['record', 'watch', 'json'],
    examples: [
      ['status', 'every service, its sites in order of preference, the active one marked'],
      ['status --watch', 'the same, drawn again each second'],
      ['status --json', 'the same for programs'],
    ],
  },
  why: {
    summary: 'why the record is where it is, and what would move it',
    text: [
      'Asks the running daemon. The first line is the answer; below it stand the evidence of every site, the arithmetic of the votes, every guard with its numbers, and what could happen next, and when at the earliest.',
      'With --at it tells what stood at a past moment, from the history and the recorded probes; with --generation the whole way of one switch: evidence, decision, every attempt, what the provider and each name server said, and the seconds of each stage.',
    ],
    args: [],
    options: ['at', 'generation', 'record', 'json'],
    examples: [
      ['why', 'it fails, why does nothing move?'],
      ['why --at 2026-11-23T03:12:00Z', 'what stood that night'],
      ['why --generation last', 'the last switch, step by step'],
    ],
  },
  history: {
    summary: 'what happened and when',
    text: [
      'Asks the running daemon; newest last, in every format. Prints what a person looks for: switches, holds, alerts that call for a human and their ends, drift, orders, starts and reloads. Where there is more before, it says so: older in --json, a line on stderr with --format csv.',
      'With --days it adds up each UTC day: seconds on every site, its availability (of the time in which its checks were known to pass or fail, the share in which they passed), switches. What nobody watched is counted apart.',
    ],
    args: [],
    options: ['since', 'until', 'kind', 'record', 'limit', 'all', 'days', 'format', 'json'],
    examples: [
      ['history --since 2h', 'the last two hours'],
      ['history --kind switch,order --limit 20', 'the last twenty switches and orders'],
      ['history --days --since 30d', 'availability and time on each site, per day'],
      ['history --since 2026-11-01 --limit 10000 --format csv', 'for a spreadsheet'],
    ],
  },
  hold: {
    summary: 'change nothing automatically until resume',
    text: [
      'A change that is on its way is finished. The hold survives restarts, and an alert reminds of it while it lasts.',
    ],
    args: [],
    options: lasting,
    examples: [['hold --reason "network maintenance" --for 2h', 'two hours without automatic switches']],
  },
  resume: {
    summary: 'hand back: ends a hold and a pin',
    text: ['From then on the daemon decides again, on fresh evidence.'],
    args: [],
    options: order,
    examples: [['resume --reason "maintenance done"', '']],
  },
  switch: {
    summary: 'move to SITE now, and stay there until resume',
    text: [
      'The site must be able to serve, unless --override no-standby says that the probes are wrong about it. The record is pinned to it: automation does not move it away until resume, or until the time of --for is over.',
    ],
    args: site,
    options: moving,
    examples: [['switch europe-west1 --reason "asia-east1 is being upgraded"', 'move, and stay']],
  },
  failback: {
    summary: 'go back to the best site now',
    text: [
      'Does not wait for FAILOVERD_FAILBACK_AFTER, the window or damping. The best site must be up; with --override not-up it moves to the first one anyway, and stays there until resume.',
    ],
    args: [],
    options: moving,
    examples: [['failback --reason "the primary is well again"', '']],
  },
  drill: {
    summary: 'rehearse a failover to SITE',
    text: [
      'Moves as a failover would, without damping and outside the budget of automatic switches; resume ends it, or the time of --for.',
    ],
    args: site,
    options: moving,
    examples: [
      [
        'drill europe-west1 --for 10m --reason "monthly drill"',
        'there for ten minutes; then the usual rules lead back',
      ],
    ],
  },
  adopt: {
    summary: 'take the record over from another owner or tool that claims it',
    text: [
      'Exactly what stands there now is adopted; anything that comes later holds again. Stop the other writer first.',
    ],
    args: [],
    options: order,
    examples: [['adopt --reason "moved from external-dns"', '']],
  },
  rto: {
    summary: 'the worst-case recovery time with these settings, stage by stage',
    text: [
      'Reads the configuration and contacts nothing. Exit 1 if it is longer than FAILOVERD_RTO: such settings the daemon refuses to start with.',
    ],
    args: [],
    options: ['record', 'json'],
    examples: [['rto', 'from the first failure until clients have moved']],
  },
  simulate: {
    summary: 'what users would see of outages, loss and flapping with these settings',
    text: [
      'Plays the real decision with the settings in force in a simulated world: switches, seconds without service, false failovers, the worst case. Reads the configuration; nothing is contacted or written. Without --outages, --loss and --flap the usual ones are played.',
      'The same settings and seed print the same. It takes some seconds for each set of settings; docs/tuning.md tells how to read it.',
    ],
    args: [],
    options: ['record', 'outages', 'loss', 'flap', 'seed', 'json'],
    examples: [
      ['simulate', 'before going live, and before changing a setting'],
      ['simulate --outages 45s,5m --flap 3m', 'these alone'],
    ],
  },
  notify: {
    summary: 'send one test message to every notification channel',
    text: [
      'Sends directly, whether or not the daemon runs, and says what every channel answered. Exit 0 only if all of them took it.',
    ],
    args: [{ name: 'WHAT', words: ['test'], optional: false }],
    options: ['json'],
    examples: [['notify test', 'after every change of FAILOVERD_NOTIFY']],
  },
  completion: {
    summary: 'print a script that completes commands, options, sites and records in a shell',
    text: [
      'The shell asks for the names with sites and records, which print what the running daemon knows, one per line; with --record the sites of that service alone. It finds the daemon as every command does, by FAILOVERD_STATE_DIR.',
    ],
    args: [{ name: 'WHAT', words: ['bash', 'zsh', 'fish', 'sites', 'records'], optional: false }],
    options: ['record'],
    examples: [
      ['completion bash > /etc/bash_completion.d/failoverd', 'bash'],
      ['completion zsh > /usr/local/share/zsh/site-functions/_failoverd', 'zsh'],
      ['completion fish > /etc/fish/completions/failoverd.fish', 'fish'],
    ],
  },
  help: {
    summary: 'explain failoverd, or one command',
    text: ['The same as COMMAND --help.'],
    args: [{ name: 'COMMAND', words: 'commands', optional: true }],
    options: [],
    examples: [['help switch', '']],
  },
  version: {
    summary: 'print the version',
    text: [],
    args: [],
    options: [],
    examples: [],
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export type CommandName = keyof typeof commands;

/** The commands that take an option. */
export function takers(option: OptionName): readonly string[] {
  return Object.entries<CommandRow>(commands).flatMap(([name, row]) => (row.options.includes(option) ? [name] : []));
}

/** The words that may stand there, where the table knows them; null: only the daemon does. */
export function fixedWords(words: Words): readonly string[] | null {
  if (typeof words !== 'string') return words;
  return words === 'commands' ? Object.keys(commands) : null;
}
