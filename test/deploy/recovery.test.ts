import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mustNotShow } from '../canary';
import { until } from '../live/harness';
import { blocksOf, commandFunction, readPage } from '../readme-text';
import { boot, lacking, type Machine } from './machine';
import { install, type Service } from './service';

/** What docs/operations.md says of backup, restore and a lost state, run under a real systemd as it stands there. */

const remedy = lacking(['systemctl', 'systemd-notify', 'unshare', 'nsenter', 'setpriv', 'npm', 'node', 'bash'], true);

if (remedy === null) describe('as docs/operations.md says', asWritten);
else
  test('systemd can be booted', () => {
    process.stdout.write(`not run: recovery under a real systemd; to run it: ${remedy}\n`);
    const { FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;
    expect(required).not.toBe('1');
  });

/** The first block below a heading, with the day of its example as a day of now. */
function scriptBelow(heading: string): string {
  const [, below = ''] = readPage('docs/operations.md').split(`\n${heading}\n`);
  const [block = ''] = blocksOf(below);
  return block.replace(/^```.*$/gm, '').replaceAll(/\d{4}-\d\d-\d\d/g, '$(date +%F)');
}

const command = commandFunction(readPage('docs/operations.md'));

function asWritten(): void {
  let machine: Machine;
  let service: Service;
  let booted = false;
  const run = (script: string) => machine.run('bash', '-euc', `${command}\n${script}`);
  /** Whether it is soon so; the states of the unit are told where it is not. */
  const becomes = async (what: (status: NonNullable<Awaited<ReturnType<Service['status']>>>) => boolean) => {
    const ask = async () => {
      const status = await service.status();
      return status !== null && status.write === 'settled' && what(status);
    };
    if (!(await until(40_000, ask, 100)))
      throw new Error(`${JSON.stringify(await service.status())}\n${await service.journal()}`);
  };

  beforeAll(async () => {
    machine = await boot();
    booted = true;
    service = await install(machine);
    await service.systemctl('start');
    await service.becomesReady();
  }, 240_000);
  afterAll(async () => {
    const shown = booted ? await service.shown() : [];
    if (booted) await machine.close();
    mustNotShow(shown);
  }, 240_000);

  test('commands that read the configuration have that of the service, and its credential', async () => {
    expect(await run('failoverd check')).toContain('www.example.test');
    expect(await run('failoverd probe')).toContain('pass');
    expect(await run('failoverd rto')).toContain('TTL');
    await expect(run('failoverd notify test')).rejects.toMatchObject({ code: 1 });
  }, 240_000);

  test('a backup takes the orders along, and the service goes on with them', async () => {
    await run('failoverd hold --reason "kept in the copy"');
    await run(scriptBelow('## Backup'));
    await becomes(({ hold, active }) => hold?.why === 'kept in the copy' && active === 'a');
  }, 240_000);

  test('an old copy brings its orders back, and with the built-in server its zone', async () => {
    await run('failoverd resume');
    await becomes(({ ready }) => ready);
    await run('failoverd switch b --reason "after the copy"');
    await becomes(({ active }) => active === 'b');
    expect(await run(scriptBelow('### Restore'))).toContain('www.example.test');
    await becomes(({ hold, active, pin }) => hold?.why === 'kept in the copy' && active === 'a' && pin === null);
  }, 240_000);

  test('a lost state directory is made anew by a restart', async () => {
    await run('rm -rf /var/lib/private/failoverd');
    await expect(run('failoverd status')).rejects.toThrow('no daemon at');
    await run(scriptBelow('## We lost the state directory'));
    await becomes(({ hold, active, ready }) => hold === null && active === 'a' && ready);
  }, 240_000);
}
