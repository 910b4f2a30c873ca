import { spawn } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import { openReceiver, type Receiver } from '../notify/receiver';
import { commandLinesOf, readPage } from '../readme-text';
import { type Ended, failoverd, main } from './command';
import { openWorld, ready, until, type World } from './harness';

/** Every command that stands in the README, run as it stands there against a running daemon, in that order. */

let world: World | null = null;
let receiver: Receiver | null = null;
afterEach(async () => {
  await world?.close();
  await receiver?.close();
  world = null;
  receiver = null;
});

/** A command that goes on until Ctrl-C, which is pressed once it says what the README waits for. */
async function watched(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Pick<Ended, 'code' | 'text'>> {
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const code = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  expect(await until(30_000, () => /(?<!not )ready to fail over/.test(text))).toBe(true);
  child.kill('SIGINT');
  return { code: await code, text };
}

test('each ends with 0', async () => {
  receiver = await openReceiver();
  world = await openWorld(98);
  const [first, second] = world.sites.map(({ address }) => address);
  const env = {
    ...world.env,
    FAILOVERD_SITES: `asia-east1=${first},europe-west1=${second}`,
    FAILOVERD_NOTIFY: `webhook+${receiver.url}/readme`,
  };
  const daemon = world.startWith(env);
  expect(await until(20_000, ready(daemon, 'asia-east1'))).toBe(true);
  const lines = commandLinesOf(readPage('README.md'));
  expect(lines.length).toBeGreaterThanOrEqual(14);
  for (const words of lines) {
    const ended = await (words.includes('--watch') ? watched(words, env) : failoverd(words, env, 120_000));
    expect([words.join(' '), ended.code, ended.code === 0 ? '' : ended.text]).toEqual([words.join(' '), 0, '']);
    // What was ordered is carried out before the next order.
    expect(await until(20_000, async () => (await daemon.status())?.write === 'settled')).toBe(true);
  }
  expect(receiver.received.length).toBeGreaterThan(0);
  const { text } = await failoverd(['help'], env);
  for (const [command = ''] of lines) expect(text).toMatch(new RegExp(`^ +${command} `, 'm'));
}, 300_000);
