import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Agent, createServer, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { callOnce } from '../../providers/per-record/call';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** A plain request for `host`, through the agent. */
function ask(agent: Agent, host = 'api.example'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, agent, path: '/' }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('one call', () => {
  const says: RequestListener = (_, response) => response.end('hello');

  test('connects to the endpoint, whatever host is asked for, and leaves no connection behind', async () => {
    const server = createServer(says);
    const endpoint = new URL(`http://127.0.0.1:${await listen(server)}`);
    expect(await callOnce(endpoint, AbortSignal.timeout(2_000), ask)).toEqual({ ok: true, value: 'hello' });
    const open = () => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    const deadline = performance.now() + 2_000;
    while ((await open()) !== 0 && performance.now() < deadline) await new Promise(setImmediate);
    expect(await open()).toBe(0);
  });

  test('takes no second connection', async () => {
    const endpoint = new URL(`http://127.0.0.1:${await listen(createServer(says))}`);
    const twice = async (agent: Agent) => [await ask(agent), await ask(agent, 'elsewhere.example')];
    const called = await callOnce(endpoint, AbortSignal.timeout(2_000), twice);
    expect(called).toMatchObject({ ok: false, reached: true, why: expect.stringMatching(/redirect/) });
  });

  test.each([
    ['before', 0, /stopped before it was sent/, false],
    ['while it waits', 1_000, /stopped before an answer came/, true],
  ])('stopped %s', async (_, ms, why, reached) => {
    const endpoint = new URL(`http://127.0.0.1:${await listen(createServer(() => {}))}`);
    const signal = ms === 0 ? AbortSignal.abort() : AbortSignal.timeout(ms);
    const started = performance.now();
    expect(await callOnce(endpoint, signal, ask)).toMatchObject({
      ok: false,
      error: null,
      reached,
      why: expect.stringMatching(why),
    });
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('the SDK throws at once, or answers what it likes', async () => {
    const endpoint = new URL('http://127.0.0.1:9');
    const thrown = () => {
      throw new Error('oh');
    };
    expect(await callOnce(endpoint, AbortSignal.timeout(2_000), thrown)).toMatchObject({ ok: false, reached: false });
    expect(await callOnce(endpoint, AbortSignal.timeout(2_000), async () => null)).toEqual({ ok: true, value: null });
  });
});

describe('over TLS', () => {
  const pem = (file: string) => readFileSync(join(__dirname, '../../../test/probe/certs', file), 'utf8');
  const script = `
    const { callOnce } = require(${JSON.stringify(join(__dirname, '../../providers/per-record/call.js'))});
    const https = require('node:https');
    const ask = (agent) => new Promise((resolve, reject) => {
      https.get({ host: 'api.example', agent }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += chunk; });
        response.on('end', () => resolve(text.length));
        response.on('error', reject);
      }).on('error', reject);
    });
    callOnce(new URL(process.argv[1]), AbortSignal.timeout(3000), ask)
      .then(({ ok, value, reached, why }) => console.log(JSON.stringify({ ok, value, reached, why })));
  `;
  /** In a process that trusts our own authority, which Node reads at its start. */
  async function called(certificate: string, listener: RequestListener): Promise<unknown> {
    const options = { key: pem(`${certificate}-test-only.key`), cert: pem(`${certificate}.pem`) };
    const port = await listen(createTlsServer(options, listener));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(__dirname, '../../../test/probe/certs/ca.pem') };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, `https://127.0.0.1:${port}`], {
      env,
    });
    return JSON.parse(stdout);
  }
  const says =
    (body: string): RequestListener =>
    (_, response) =>
      response.end(body);

  test.each([
    ['a good certificate', 'good', 'hello', { ok: true, value: 5 }],
    [
      'a long answer',
      'good',
      ' '.repeat(2_000_000),
      { ok: false, reached: true, why: 'an answer longer than 1048576 bytes' },
    ],
    [
      'an expired certificate',
      'expired',
      'hello',
      { ok: false, reached: false, why: 'could not connect (CERT_HAS_EXPIRED)' },
    ],
    [
      'another host',
      'stranger',
      'hello',
      { ok: false, reached: false, why: 'could not connect (ERR_TLS_CERT_ALTNAME_INVALID)' },
    ],
  ])('%s', async (_, certificate, body, expected) => {
    expect(await called(certificate, says(body))).toEqual(expected);
  });
});
