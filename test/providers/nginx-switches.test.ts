import { expect, test } from '@jest/globals';
import { freePort } from '../free-port';
import { withServers } from '../servers/installed';
import { ask, nginxPrograms, startBackend } from '../servers/nginx';
import { marker, one, read, scene } from './nginx-scene';
import { connectTo, inputOn, putFiles, record } from './nginx-subject';

withServers('requests through nginx while it is switched', nginxPrograms, () => {
  const { nginx } = scene();

  test('while 20 switches are made no request fails, and each is in force when it is called applied', async () => {
    const [left, right] = ['127.0.90.1', '127.0.90.2'];
    const port = await freePort();
    const closing = [await startBackend(left, port, left), await startBackend(right, port, right)];
    putFiles(nginx().file, `${record} none`, [`server ${left}:${port};`]);
    await nginx().start();
    const provider = await connectTo(inputOn(nginx(), { NGINX_UPSTREAM_PORT: String(port) }));
    let done = false;
    const seen = { requests: 0, failures: [] as string[] };
    const users = [1, 2].map(async () => {
      while (!done) {
        const answer = await ask(nginx().proxyPort).catch((error: unknown) => ({ status: 0, body: String(error) }));
        seen.requests++;
        if (answer.status !== 200) seen.failures.push(`${answer.status} ${answer.body}`);
      }
    });
    let from = await read(provider);
    for (let generation = 1; generation <= 20; generation++) {
      const to = one(generation % 2 === 1 ? right : left);
      const outcome = await provider.replace({ from, to, marker: marker(generation) }, AbortSignal.timeout(8_000));
      expect(outcome).toMatchObject({ code: 'applied' });
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask(nginx().proxyPort)));
      expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(to[0]?.values));
      from = { sets: to, marker: marker(generation), foreignMarker: null, obstacles: [] };
    }
    done = true;
    await Promise.all(users);
    for (const close of closing) await close();
    expect(seen.failures).toEqual([]);
    expect(seen.requests).toBeGreaterThan(100);
  });
});
