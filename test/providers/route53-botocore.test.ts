import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { type Fault, faults } from './conformance';
import { startRoute53Fake } from './route53-fake';

const python = '/usr/bin/python3';
const script = join(__dirname, '../../../test/providers/route53-botocore.py');

test("the fake is Route 53 enough for botocore's own client and model", async () => {
  if (spawnSync(python, ['-c', 'import botocore']).status !== 0) {
    process.stdout.write('not run: the Route 53 fake against botocore; to run it: apt-get install python3-botocore\n');
    const { FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;
    expect(required).not.toBe('1');
    return;
  }
  const fake = await startRoute53Fake();
  fake.addZone({ id: 'Z0EXAMPLE', name: 'example.test' });
  const crowd = Array.from({ length: 350 }, (_, index) => `a${String(index).padStart(3, '0')}.example.test`);
  const names = [...crowd, 'www.example.test'];
  fake.seed(
    'Z0EXAMPLE',
    names.map((name) => ({ name, type: 'A', ttl: 60, values: ['192.0.2.1'] })),
  );
  const child = spawn(python, [script, fake.url], { stdio: 'pipe' });
  const passed: string[] = [];
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  createInterface(child.stdout).on('line', (line) => {
    const fault = faults.find((one: Fault) => line === `inject ${one}`);
    if (fault !== undefined) fake.inject(fault);
    else if (line === 'heal') fake.heal();
    else passed.push(line);
    if (fault !== undefined || line === 'heal') child.stdin.write('\n');
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  await fake.close();
  expect(complaints).toBe('');
  expect(status).toBe(0);
  expect(passed).toEqual(['ok zones', 'ok paging', 'ok change', 'ok refusals', 'ok special', 'ok errors']);
});
