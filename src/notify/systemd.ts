import { spawn } from 'node:child_process';

/** Tells systemd how the service is (sd_notify(3)). Without NOTIFY_SOCKET every call does nothing. Never throws. */
export interface Supervisor {
  ready(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** Follow with `ready()` when the reload is done. */
  reloading(): void;
  /** Resolves when systemd has been told, or could not be. No watchdog pings follow. */
  stopping(): Promise<void>;
}

export interface SupervisorInput {
  /** NOTIFY_SOCKET and WATCHDOG_USEC, as systemd sets them. */
  readonly notifySocket: string | undefined;
  readonly watchdogUsec: string | undefined;
  /** This process: systemd started npm, and must know whom to watch. */
  readonly pid: number;
  /** Whether the daemon makes progress; while it does not, the watchdog is not pinged and systemd restarts the service. */
  readonly alive: () => boolean;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonicUsec: () => bigint;
  /** Told once, when systemd cannot be reached. */
  readonly onTrouble: (why: string) => void;
  readonly run?: Run;
}

/** Runs a program to its end: null when it succeeded, otherwise why not. */
export type Run = (
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Promise<string | null>;

const path = '/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin';
/** The child waits until systemd has read its message (systemd-notify(1), --no-block); killed before that, it said nothing. */
const childMs = 5_000;
const maxWaiting = 8;

/** Node has no Unix datagram sockets, so systemd's own program sends for us, one child at a time; needs NotifyAccess=all. */
export function createSupervisor(input: SupervisorInput): Supervisor {
  const socket = input.notifySocket;
  const run = input.run ?? runProgram;
  const waiting: (readonly string[])[] = [];
  let sending: Promise<void> | null = null;
  let troubled = false;
  let ending = false;

  const drain = async (notifySocket: string) => {
    for (let lines = waiting.shift(); lines !== undefined; lines = waiting.shift()) {
      const why = await run('systemd-notify', lines, { NOTIFY_SOCKET: notifySocket, PATH: path });
      // At a stop systemd's SIGTERM goes to every process of the service, the child too.
      if (why !== null && !troubled && !ending) input.onTrouble(`systemd-notify ${lines.join(' ')}: ${why}`);
      troubled ||= why !== null;
    }
    sending = null;
  };
  const send = async (...lines: readonly string[]) => {
    if (socket === undefined || socket === '') return;
    // Only the newest status matters, and one ping is as good as two.
    const kind = lines[0]?.split('=')[0];
    const same = waiting.findIndex(([line]) => line?.split('=')[0] === kind);
    if (same >= 0 && (kind === 'STATUS' || kind === 'WATCHDOG')) waiting.splice(same, 1);
    waiting.push(lines);
    if (waiting.length > maxWaiting) waiting.shift();
    sending ??= drain(socket);
    await sending;
  };

  // A third of the time allowed, so that one lost ping does no harm.
  const pingMs = Number(input.watchdogUsec) / 3_000;
  const pings = pingMs > 0 ? setInterval(() => input.alive() && send('WATCHDOG=1'), pingMs) : undefined;
  pings?.unref();

  return {
    ready: () => void send('READY=1', `MAINPID=${input.pid}`),
    status: (text) => void send(`STATUS=${text.replace(/\p{C}+/gu, ' ').slice(0, 200)}`),
    reloading: () => void send('RELOADING=1', `MONOTONIC_USEC=${input.monotonicUsec()}`),
    stopping: async () => {
      ending = true;
      clearInterval(pings);
      await send('STOPPING=1');
    },
  };
}

/** Without a shell, without output, and no longer than `limitMs`. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limitMs = childMs,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const end = (why: string | null) => {
      clearTimeout(timer);
      resolve(why);
    };
    child.on('error', (error) => end('code' in error ? String(error.code) : 'could not be started'));
    child.on('exit', (code, signal) => end(code === 0 ? null : `ended with ${signal ?? code}`));
  });
}
