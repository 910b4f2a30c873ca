import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exits } from '../../src/cli/command';
import { withServers } from '../servers/installed';
import { bashOffers } from './bash-host';
import { openStand, real, type Stand } from './completion-program';
import { fishOffers } from './fish-host';
import { zshOffers } from './zsh-host';

/** The real program between a shell and a daemon: one of two services, one that does not answer, and none. */
const services = [
  { record: 'a.example.com', sites: [{ name: 'asia' }, { name: 'shared' }] },
  { record: 'b.example.com', sites: [{ name: 'europe' }, { name: 'shared' }] },
];
const answers: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ services }));
};

let stateDir = '';
let stand: Stand;
let server: Server | null = null;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'failoverd-state-'));
  stand = openStand(real(stateDir));
});
afterEach(async () => {
  const open = server;
  server = null;
  open?.closeAllConnections();
  if (open !== null) await new Promise((resolve) => open.close(resolve));
  stand.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function daemon(listener: RequestListener): Promise<void> {
  const opened = createServer(listener);
  server = opened;
  await new Promise<void>((resolve) => opened.listen(join(stateDir, 'failoverd.sock'), resolve));
}

async function failoverd(...args: readonly string[]) {
  const child = spawn(join(stand.directory, 'failoverd'), args, { env: stand.env });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, code };
}

describe('failoverd completion', () => {
  test('prints the names that the daemon knows, each once', async () => {
    await daemon(answers);
    expect((await failoverd('completion', 'sites')).out).toBe('asia\nshared\neurope\n');
    expect((await failoverd('completion', 'records')).out).toBe('a.example.com\nb.example.com\n');
    expect((await failoverd('completion', 'sites', '--record', 'B.example.com.')).out).toBe('europe\nshared\n');
  });

  test('waits a second for a daemon that does not answer', async () => {
    await daemon(() => {});
    const { out, err, code } = await failoverd('completion', 'sites');
    expect({ out, code }).toEqual({ out: '', code: exits.unreachable });
    expect(err).toContain('did not answer within 1 s');
  });

  test('does not wait where there is none', async () => {
    const { out, err, code } = await failoverd('completion', 'sites');
    expect({ out, code }).toEqual({ out: '', code: exits.unreachable });
    expect(err).toContain('no daemon at');
  });
});

const shells: readonly (readonly [shell: string, (words: readonly string[]) => Promise<readonly string[]>])[] = [
  ['bash', (words) => bashOffers(words, stand)],
  ['zsh', async (words) => (await zshOffers([words.join(' ')], stand))[0]?.names ?? []],
  ['fish', async (words) => (await fishOffers([words.join(' ')], stand))[0]?.map(([name = '']) => name) ?? []],
];

describe.each(shells)('%s', (shell, offers) => {
  withServers(`completion in ${shell} from a daemon`, [shell], () => {
    const sorted = async (...words: readonly string[]) => [...(await offers(words))].sort();

    test('switch and drill take the sites of the service that is named, or of all', async () => {
      await daemon(answers);
      expect(await sorted('switch', '--record', 'b.example.com', '')).toEqual(['europe', 'shared']);
      expect(await sorted('drill', '--record', 'a.example.com', '')).toEqual(['asia', 'shared']);
      expect(await sorted('drill', '')).toEqual(['asia', 'europe', 'shared']);
      expect(await sorted('status', '--record', '')).toEqual(['a.example.com', 'b.example.com']);
    });

    test.each([
      ['a daemon that does not answer', true],
      ['no daemon', false],
    ])('%s: no name is offered, and what needs none is', async (_what, there) => {
      if (there) await daemon(() => {});
      expect(await sorted('switch', 'a')).toEqual([]);
      expect(await sorted('switch', 'a', '--ov')).toContain('--override');
    });
  });
});
