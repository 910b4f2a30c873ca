import { afterEach, expect, test } from '@jest/globals';
import { failoverd } from './command';
import { openWorld, ready, until, type World } from './harness';

/** `failoverd why` asked of a real daemon, before, during and after a real failover. */

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

test('now, a past moment, and the last switch step by step', async () => {
  world = await openWorld(92);
  const { env, sites } = world;
  const daemon = world.start();
  expect(await until(20_000, ready(daemon, 'a'))).toBe(true);
  const calm = await failoverd(['why'], env);
  expect(calm.code).toBe(0);
  expect(calm.text.split('\n')[0]).toBe(
    'www.example.test is at a, first in order and up; if it failed, b would take over',
  );
  const calmAt = new Date().toISOString();

  await sites[1]?.say('sick');
  expect(await until(20_000, async () => (await daemon.status())?.sites[1]?.verdict === 'down')).toBe(true);
  const refused = await failoverd(['switch', 'b'], env);
  expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('--override no-standby moves anyway') });
  const overruled = await failoverd(['switch', 'b', '--override', 'no-standby', '--reason', 'I know better'], env);
  expect(overruled).toMatchObject({ code: 0, text: expect.stringContaining('overrides no-standby: b is down') });
  expect(await until(20_000, async () => (await daemon.status())?.write === 'settled')).toBe(true);
  expect((await daemon.status())?.pin).toMatchObject({ site: 'b', override: ['no-standby'] });

  const chain = await failoverd(['why', '--generation', 'last'], env);
  expect(chain.code).toBe(0);
  expect(chain.text.split('\n')[0]).toMatch(
    /^www\.example\.test moved from a to b \(switch by \w+, generation \d+\), on every server/,
  );
  expect(chain.text).toMatch(/\n {2}agrees {2}/);
  const then = await failoverd(['why', '--at', calmAt], env);
  expect(then.text).toMatch(/^\S+Z: www\.example\.test is at a, first in order and up/);
  const pinned: { readonly code: string } = JSON.parse((await failoverd(['why', '--json'], env)).text);
  expect(pinned.code).toBe('pinned');
  expect((await failoverd(['why', '--at', 'yesterday'], env)).code).toBe(2);
  for (const past of [
    ['--generation', '99'],
    ['--at', '4711'],
  ])
    expect((await failoverd(['why', ...past], env)).code).toBe(1);
  expect((await failoverd(['why', '--at', '1m', '--generation', '1'], env)).code).toBe(2);
}, 240_000);
