import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port';
import {
  type Authoritative,
  admin,
  halves,
  keys,
  type Options,
  record,
  startServer,
  switchers,
  zone,
  zoneFile,
} from './authoritative';
import { findProgram } from './programs';

/** What the tests of Knot run; the tools are BIND's, so that both servers are seen with the same eyes. */
export const knotPrograms = ['knotd', 'dig', 'nsupdate'];

/** A real Knot DNS with the zone, as its primary or as a secondary. */
export async function startKnot(options: Options = {}): Promise<Authoritative> {
  const { primary = null, secondaries = [] } = options;
  const port = options.port ?? (await freePort());
  return startServer(port, (directory) => {
    mkdirSync(join(directory, 'run'));
    mkdirSync(join(directory, 'db'));
    if (primary === null) writeFileSync(join(directory, 'zone'), zoneFile);
    writeFileSync(join(directory, 'knot.conf'), configuration(directory, port, primary, secondaries));
    return [findProgram('knotd') ?? 'knotd', '-c', join(directory, 'knot.conf')];
  });
}

/** One acl rule has to allow all of a message, so the names and types of a switch stand in one. */
function configuration(
  directory: string,
  port: number,
  primary: number | null,
  secondaries: readonly number[],
): string {
  const remotes = primary === null ? secondaries : [primary];
  const names = [record, `_failoverd.${record}`, zone, `_failoverd.${zone}`].map((name) => `${name}.`);
  const listed = (items: readonly (string | number)[]): string => `[${items.join(', ')}]`;
  return `
server:
    rundir: "${directory}/run"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: "${directory}/db"
    journal-db-max-size: 16M
    kasp-db-max-size: 16M
    timer-db-max-size: 1M
key:
${keys.map(({ name, algorithm, secret }) => `  - id: ${name}\n    algorithm: ${algorithm}\n    secret: ${secret}`).join('\n')}
remote:
${remotes.map((to) => `  - id: at-${to}\n    address: 127.0.0.1@${to}\n    key: ${admin.name}`).join('\n')}
acl:
  - id: admin
    key: ${admin.name}
    action: [transfer, update, notify]
  - id: switch
    key: ${listed(switchers.map(({ name }) => name))}
    action: update
    update-type: [A, AAAA, CNAME, HTTPS, SVCB, TXT]
    update-owner: name
    update-owner-match: equal
    update-owner-name: ${listed(names)}
  - id: alias
    key: ${listed(switchers.map(({ name }) => name))}
    action: update
    update-type: [CNAME, TXT]
    update-owner: name
    update-owner-match: equal
    update-owner-name: [alias.${zone}., _failoverd.alias.${zone}.]
  - id: record-half
    key: ${halves.name}
    action: update
    update-type: [A, AAAA, CNAME]
  - id: marker-half
    key: ${halves.name}
    action: update
    update-type: TXT
zone:
  - domain: ${zone}
    file: "${directory}/zone"
    acl: [admin, switch, alias, record-half, marker-half]
    retry-min-interval: 1
${remotes.length === 0 ? '' : `    ${primary === null ? 'notify' : 'master'}: ${listed(remotes.map((to) => `at-${to}`))}`}
`;
}
