import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { printable } from '../../src/domain/printable';
import { isExposed } from '../http';
import type { Finding } from '../provider';
import { ownUid, rightsFindings, rootFindings } from '../rights';
import { run, said } from './command';
import { look } from './look';
import { addresses, type Settings } from './settings';

const maxDump = 16 * 1024 * 1024;

/** What `failoverd check` should know of the way to nginx. Changes nothing. */
export async function preflight(settings: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings = [
    folder(settings),
    rights(settings),
    lockable(signal),
    tested(settings, signal),
    included(settings, signal),
    stated(settings, signal),
  ];
  return (await Promise.all(findings)).flat();
}

async function folder({ paths }: Settings): Promise<readonly Finding[]> {
  const mine = await access(paths.directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mine) {
    const text = `${paths.directory} is not a folder this user may write to; make it and give it to this user`;
    return [{ level: 'error', text }];
  }
  return [{ level: 'ok', text: `${paths.directory} may be written` }];
}

/** Who else moves the traffic, or may tell us that it moved. */
async function rights({ paths, url }: Settings): Promise<readonly Finding[]> {
  const uid = ownUid();
  const places = [paths.directory, paths.servers, paths.marker];
  const open = await Promise.all(places.map((path) => rightsFindings(path, 'moves the traffic', uid)));
  const clear = `${url.origin} is asked in clear text over the network: whoever is in between tells which servers run; ask nginx on loopback, or by https`;
  const exposed: readonly Finding[] = isExposed(url.href) ? [{ level: 'warn', text: clear }] : [];
  return [...open.flat(), ...rootFindings(uid, 'NGINX_TEST_COMMAND and NGINX_RELOAD_COMMAND'), ...exposed];
}

/** A shared lock on the root folder: a path that is not there would be made. */
async function lockable(signal: AbortSignal): Promise<readonly Finding[]> {
  const ran = await run(['flock', '-s', '-n', '/', 'true'], signal);
  return ran.kind === 'not-started' ? [{ level: 'error', text: `${ran.why}; install util-linux` }] : [];
}

async function tested({ test }: Settings, signal: AbortSignal): Promise<Finding> {
  const command = `"${test.join(' ')}"`;
  const ran = await run(test, signal);
  if (ran.kind !== 'ended') return { level: 'error', text: `NGINX_TEST_COMMAND: ${ran.why}` };
  return ran.status === 0
    ? { level: 'ok', text: `${command} passes; NGINX_RELOAD_COMMAND is not tried here` }
    : { level: 'error', text: `${command} ends with status ${ran.status}: ${said(ran.output)}` };
}

/** `nginx -T` names every file it reads; the rest of what it writes is nobody's business and thrown away. */
async function included({ test, paths }: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
  const dump = test.map((word) => (word === '-t' ? '-T' : word));
  if (!dump.includes('-T'))
    return [
      {
        level: 'warn',
        text: `not looked at: whether nginx includes ${paths.servers} (NGINX_TEST_COMMAND holds no -t)`,
      },
    ];
  const ran = await run(dump, signal, maxDump);
  if (ran.kind !== 'ended' || ran.status !== 0)
    return [
      { level: 'warn', text: `not looked at: whether nginx includes ${paths.servers} ("${dump.join(' ')}" fails)` },
    ];
  const files = ran.output.split('\n').flatMap((line) => /^# configuration file (.*):$/.exec(line)?.[1] ?? []);
  const missing = [paths.servers, paths.marker].filter((path) => !files.includes(path));
  if (missing.length === 0) return [{ level: 'ok', text: `nginx includes ${paths.servers} and ${paths.marker}` }];
  const how = 'include the first in the upstream and the second in a map, see providers/nginx/README.md';
  return [{ level: 'error', text: `nginx does not include ${missing.join(' and ')}: ${how}` }];
}

async function stated(settings: Settings, signal: AbortSignal): Promise<readonly Finding[]> {
  const { paths, backups } = settings;
  const seen = await look(settings, signal);
  if (seen.kind === 'failed') return [{ level: 'error', text: seen.why }];
  if (seen.kind === 'absent')
    return [
      {
        level: 'warn',
        text: `${paths.servers} is not there; with FAILOVERD_CREATE=true it is made, with the first site`,
      },
    ];
  const { running, pending } = seen;
  const servers = addresses(running.found.sets).join(', ');
  const standby = running.backups.length === 0 ? 'no backup' : `backup ${running.backups.join(', ')}`;
  const findings: Finding[] = [
    { level: 'ok', text: `nginx runs ${servers}, ${standby}: "${printable(running.statement)}"` },
  ];
  if (pending)
    findings.push({
      level: 'warn',
      text: `${paths.servers} holds a write that nginx has not loaded: one is under way, or the next reading puts it back`,
    });
  const wanted = backups(running.found.sets);
  if (wanted.join() !== running.backups.join())
    findings.push({
      level: 'warn',
      text: `the backup servers should be ${wanted.join(', ') || 'none'} by the configuration; the next switch writes them`,
    });
  return findings;
}
