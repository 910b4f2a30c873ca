import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStore } from '../../src/store/open';
import { opened, place, record, state } from './place';

let here: ReturnType<typeof place>;
let children: ChildProcess[] = [];
beforeEach(() => {
  here = place();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  here.remove();
});

/** Another daemon's store on the same directory, and the first thing it said. */
async function other(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [join(__dirname, 'child.js'), 'hold', here.options.directory]);
  children.push(child);
  const [said] = await once(createInterface(child.stdout), 'line');
  return { child, said: String(said) };
}

test('a second process is refused and told which one is first; killed, the first is in nobody’s way', async () => {
  const first = await other();
  expect(first.said).toBe('open');
  const second = openStore(here.options);
  expect(second).toMatchObject({ ok: false, code: 'locked' });
  expect(second.ok ? '' : second.why).toContain(`held by process ${first.child.pid}:`);
  const third = await other();
  expect(third.said).toMatch(new RegExp(`^locked .*process ${first.child.pid}:`));

  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const { store, notes } = opened(here.options);
  expect(notes).toEqual([]);
  expect(store.commit(record, 1, state(1), [])).toEqual({ ok: true });
  expect((await other()).said).toContain(`process ${process.pid}:`);
  store.close();
  expect((await other()).said).toBe('open');
});

test('a second store in this very process is refused too, and does not loosen the lock', async () => {
  const { store } = opened(here.options);
  for (let n = 0; n < 3; n++) expect(openStore(here.options)).toMatchObject({ ok: false, code: 'locked' });
  expect((await other()).said).toContain('locked');
  store.close();
});

test('a damaged lock file is made anew, and the database itself bars a second process then', async () => {
  const lock = join(here.options.directory, 'failoverd.lock');
  mkdirSync(here.options.directory, { mode: 0o700 });
  writeFileSync(lock, 'garbage '.repeat(1_000), { mode: 0o600 });
  const { store, notes } = opened(here.options);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain('damaged');
  expect(readFileSync(lock).toString('latin1', 0, 15)).toBe('SQLite format 3');
  store.close();

  const first = await other();
  writeFileSync(lock, 'garbage '.repeat(1_000));
  const second = openStore(here.options);
  expect(second).toMatchObject({ ok: false, code: 'locked' });
  expect(first.said).toBe('open');
});
