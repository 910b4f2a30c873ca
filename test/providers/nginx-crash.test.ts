import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { takeLock } from '../../providers/nginx/lock';
import type { Provider } from '../../providers/provider';
import { withServers } from '../servers/installed';
import { nginxPrograms } from '../servers/nginx';
import { b, held, marker, move, one, read, scene } from './nginx-scene';
import { inputOn } from './nginx-subject';

withServers('a writer to nginx', nginxPrograms, () => {
  const { nginx, files, running } = scene();

  describe('killed between the rename and the reload', () => {
    /** The kernel lets the lock of the dead go a moment after its death. */
    async function unlocked(): Promise<void> {
      for (let round = 0; round < 200; round++) {
        const lock = await takeLock(join(nginx().folder, '.www.servers.lock'), AbortSignal.timeout(5_000));
        if (lock.ok) return lock.release();
      }
      throw new Error('the lock outlived its owner');
    }

    async function killed(): Promise<Provider> {
      const provider = await running();
      nginx().reloads('kill');
      const replacement = { from: await read(provider), to: b, marker: marker(8) };
      const writer = fork(join(__dirname, 'nginx-writer.js'), [
        'write',
        JSON.stringify(inputOn(nginx())),
        JSON.stringify(replacement),
      ]);
      const [, signal] = await once(writer, 'exit');
      expect(signal).toBe('SIGKILL');
      expect(readFileSync(nginx().file, 'utf8')).toContain('generation=8');
      expect(await nginx().statement()).toContain('generation=7');
      nginx().reloads('done');
      await unlocked();
      return provider;
    }

    test('the record is what nginx runs, and the file follows: a reload by anybody changes nothing', async () => {
      const provider = await killed();
      expect(await read(provider)).toEqual(held);
      await nginx().reload();
      expect(await nginx().statement()).toContain('generation=7');
      expect(await read(provider)).toEqual(held);
      expect(await move(provider, b, 9)).toMatchObject({ code: 'applied' });
      expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(9) });
    });

    test('the next write passes over it at once', async () => {
      const provider = await killed();
      const outcome = await provider.replace(
        { from: held, to: one('192.0.2.9'), marker: marker(9) },
        AbortSignal.timeout(8_000),
      );
      expect(outcome).toMatchObject({ code: 'applied' });
      expect((await read(provider)).marker).toEqual(marker(9));
    });

    test('a fence over it, the same servers and a newer marker, takes the lines out that were not loaded', async () => {
      const provider = await killed();
      const fence = { from: held, to: held.sets, marker: marker(9, 'a') };
      const outcome = await provider.replace(fence, AbortSignal.timeout(8_000));
      expect(outcome).toMatchObject({ code: 'applied' });
      expect(await read(provider)).toEqual({ ...held, marker: marker(9, 'a') });
      expect(readFileSync(nginx().file, 'utf8')).toContain('server 203.0.113.10:8080;');
    });

    test('a reload by somebody else in between lets it land: that is what is read', async () => {
      const provider = await killed();
      await nginx().reload();
      expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(8) });
    });

    test('a reload that was under way while it was put back is still known', async () => {
      const provider = await killed();
      const [lines = '', mark = ''] = files();
      expect(await read(provider)).toEqual(held);
      // What nginx would have loaded had it been slower than we were.
      const [old = '', oldMark = ''] = files();
      writeFileSync(nginx().file, lines);
      writeFileSync(`${nginx().file}.marker`, mark);
      await nginx().reload();
      writeFileSync(nginx().file, old);
      writeFileSync(`${nginx().file}.marker`, oldMark);
      expect(await read(provider)).toEqual({ ...held, sets: b, marker: marker(8) });
      expect(files()).toEqual([lines, mark]);
    });
  });
});
