import { writeFileSync } from 'node:fs';
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

/** What the tests of BIND run. */
export const bindPrograms = ['named', 'dig', 'nsupdate'];

/** A real BIND with the zone, as its primary or as a secondary, in a few hundred milliseconds. */
export async function startBind(options: Options = {}): Promise<Authoritative> {
  const { primary = null, secondaries = [], signed = false } = options;
  const port = options.port ?? (await freePort());
  return startServer(port, (directory) => {
    writeFileSync(join(directory, 'zone'), zoneFile);
    writeFileSync(join(directory, 'named.conf'), configuration(directory, port, primary, secondaries, signed));
    return [findProgram('named') ?? 'named', '-g', '-n', '1', '-c', join(directory, 'named.conf')];
  });
}

function configuration(
  directory: string,
  port: number,
  primary: number | null,
  secondaries: readonly number[],
  signed: boolean,
): string {
  const grants = [...switchers, halves].map(
    ({ name }) => `
    grant ${name} name ${record} A AAAA CNAME HTTPS SVCB;
    grant ${name} name ${zone} A AAAA;
    grant ${name} name _failoverd.${record} TXT;
    grant ${name} name _failoverd.${zone} TXT;
    grant ${name} name alias.${zone} CNAME;
    grant ${name} name _failoverd.alias.${zone} TXT;`,
  );
  const own =
    primary === null
      ? `type primary; file "zone"; ${signed ? 'dnssec-policy default; inline-signing yes;' : ''} update-policy {${grants.join('')}
    grant ${admin.name} zonesub ANY;
  };
  notify explicit; also-notify { ${secondaries.map((to) => `127.0.0.1 port ${to} key ${admin.name};`).join(' ')} };`
      : `type secondary; file "copy"; primaries { 127.0.0.1 port ${primary} key ${admin.name}; };
  allow-notify { key ${admin.name}; }; min-retry-time 1; min-refresh-time 1; max-retry-time 2; notify no;`;
  return `
options {
  directory "${directory}";
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none; lock-file none; session-keyfile none;
  recursion no; dnssec-validation no; empty-zones-enable no;
  allow-transfer { key ${admin.name}; };
  notify-delay 0; serial-query-rate 1000; startup-notify-rate 1000; notify-rate 1000;
};
controls { };
${keys.map(({ name, algorithm, secret }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`).join('\n')}
zone "${zone}" {
  ${own}
};
`;
}
