import { spawnSync } from 'node:child_process';
import { passOver } from '../servers/installed';

/**
 * A command that runs another one in a namespace of its own, where mounts and routes hurt nobody; null, and said so, where this
 * machine allows no such thing.
 */
export function ownNamespace(kind: 'mount' | 'net'): readonly string[] | null {
  // What has to work inside; the first as root, the second as anybody where user namespaces are allowed.
  const trial = kind === 'mount' ? 'mount -t tmpfs tmpfs /mnt' : 'ip link set lo up';
  for (const more of [[], ['--map-root-user']]) {
    const command = ['unshare', `--${kind}`, ...more];
    if (spawnSync(command[0] ?? '', [...command.slice(1), 'sh', '-c', trial]).status === 0) return command;
  }
  passOver(`faults that need a ${kind} namespace`, 'root, or user namespaces');
  return null;
}

/** The command as one word of sh(1) after another, with `script` run first inside the namespace; `$0` in it is `argument`. */
export function after(command: readonly string[], script: string, argument: string): readonly string[] {
  return [...command, 'sh', '-c', `${script} && exec "$@"`, argument];
}
