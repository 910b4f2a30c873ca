import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkout, lacking } from './machine';

/** What systemd's own tools say of the unit file, without running it. */

const unit = readFileSync(join(checkout, 'deploy/systemd/failoverd.service'), 'utf8');
const remedy = lacking(['systemd-analyze', 'npm']);
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'failoverd-unit-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

if (remedy !== null) {
  test('systemd-analyze is there', () => {
    process.stdout.write(`not run: systemd-analyze on the unit file; to run it: ${remedy}\n`);
    const { FAILOVERD_TEST_REQUIRE_SERVERS: required } = process.env;
    expect(required).not.toBe('1');
  });
} else {
  test.each([
    ['as it is', unit],
    ['with its credential', unit.replace(/^#(?=LoadCredential=)/m, '')],
  ])('systemd finds nothing wrong with the unit %s', (_, text) => {
    expect(complaints(text)).toBe('');
  });

  test.each([
    ['a wrong name', unit.replace('ProtectHome=', 'ProtectHouse='), 'ProtectHouse'],
    ['a wrong value', unit.replace('Restart=always', 'Restart=perhaps'), 'perhaps'],
    ['a wrong credential', `${unit}\n[Service]\nLoadCredential=a/b:/etc/x\n`, 'a/b'],
  ])('and it would find %s', (_, text, word) => {
    expect(complaints(text)).toContain(word);
  });

  test('the exposure level is at most 1.5', () => {
    const { out } = analyze('security', '--offline=true', written(unit));
    const [, level] = /exposure level for failoverd\.service: ([\d.]+)/.exec(out) ?? [];
    expect(Number(level)).toBeLessThanOrEqual(1.5);
    expect(Number(level)).toBeGreaterThan(0);
  });
}

function written(text: string): string {
  const path = join(directory, 'failoverd.service');
  writeFileSync(path, text);
  return path;
}

function analyze(...args: readonly string[]): { readonly out: string; readonly complaints: string } {
  const { stdout, stderr } = spawnSync('systemd-analyze', ['--no-pager', ...args], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  return { out: stdout, complaints: stderr };
}

/** What `verify` says of this unit; it also reads the units of this machine that it depends on. */
function complaints(text: string): string {
  const lines = analyze('verify', written(text)).complaints.split('\n');
  return lines.filter((line) => line.includes('failoverd.service')).join('\n');
}
