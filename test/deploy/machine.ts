import { execFile, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../live/harness';

/** A machine of its own for this checkout's unit file: systemd as process 1 in private namespaces, see boot.sh. */

export const checkout = join(__dirname, '..', '..', '..');
const script = join(checkout, 'test/deploy/boot.sh');
/** Where systemd looks for a program given without a path (systemd.service(5), "Command lines"). */
const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const env = { PATH: places.join(':') };

export interface Machine {
  /** Its root directory, seen from here. */
  readonly root: string;
  /** Runs a program in it and gives what it wrote; rejects when it fails. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  /** Ends everything in it and removes its cgroups; rejects when something is left. */
  close(): Promise<void>;
}

/** Why a test cannot be run here, and what to do about it; null when it can. */
export function lacking(programs: readonly string[], namespaces = false): string | null {
  const absent = programs.filter((program) => !places.some((place) => isProgram(join(place, program))));
  if (absent.length > 0) return `install ${absent.join(', ')} (Debian: systemd, util-linux, npm)`;
  if (!namespaces) return null;
  if (process.getuid?.() !== 0) return 'run the tests as root';
  const made = spawnSync('unshare', ['--fork', '--pid', '--mount', '--cgroup', '--net', 'true'], { env });
  return made.status === 0
    ? null
    : 'run the tests where root may make namespaces: a virtual machine, a privileged container';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when process 1 takes orders. */
export async function boot(): Promise<Machine> {
  const name = `failoverd-test-${process.pid}`;
  const child = spawn('sh', [script, 'start', name, checkout], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
    const clear = () => spawnSync('sh', [script, 'clear', name], { env }).status === 0;
    if (!(await until(20_000, clear, 100))) throw new Error(`processes are left in the cgroups ${name}`);
  };

  let first = '';
  const up = () => {
    if (child.exitCode !== null) return true;
    first = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return first !== '' && existsSync(`/proc/${first}/root/run/systemd/private`);
  };
  if (!(await until(20_000, up)) || child.exitCode !== null) {
    await close();
    throw new Error(`systemd did not boot: ${complaints}`);
  }
  return {
    root: `/proc/${first}/root`,
    async run(program, ...args) {
      const enter = ['--target', first, '--mount', '--pid', '--cgroup', '--uts', '--ipc', '--net', '--', program];
      return (await promisify(execFile)('nsenter', [...enter, ...args], { env, timeout: 60_000 })).stdout;
    },
    close,
  };
}
