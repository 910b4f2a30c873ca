import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from '@jest/globals';

/**
 * Declares tests that need real servers. Where one is not installed they are not run, which is printed and passes, unless
 * FAILOVERD_TEST_REQUIRE_SERVERS=1 says that nothing may be passed over.
 */
export function withServers(what: string, programs: readonly string[], declare: () => void): void {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) {
    declare();
    return;
  }
  test(`${what} needs ${missing.join(', ')}`, () => {
    const packages = [...new Set(missing.map((program) => debianPackages[program] ?? program))].join(' ');
    passOver(what, `apt-get install ${packages}`);
  });
}

/** Says what is not run here and what would let it run; throws where nothing may be passed over. */
export function passOver(what: string, remedy: string): void {
  const text = `not run: ${what}; to run it: ${remedy}`;
  const { FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;
  if (required === '1') throw new Error(text);
  process.stdout.write(`${text}\n`);
}

const debianPackages: Readonly<Record<string, string>> = {
  named: 'bind9',
  nsupdate: 'bind9-dnsutils',
  dig: 'bind9-dnsutils',
  knotd: 'knot',
  knotc: 'knot',
  'named-checkconf': 'bind9',
  pdns_server: 'pdns-server',
  script: 'bsdutils',
  promtool: 'prometheus',
  stty: 'coreutils',
  '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql': 'pdns-backend-sqlite3',
};

/** A program in the path, or a file that a package brings. */
function isInstalled(program: string): boolean {
  const { PATH = '' } = process.env;
  const directories = program.startsWith('/') ? ['/'] : [...PATH.split(delimiter), '/usr/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), program.startsWith('/') ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
