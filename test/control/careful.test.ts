import { describe, expect, test } from '@jest/globals';
import type { Outcome, Provider, Reading, Replacement } from '../../providers/provider';
import { careful } from '../../src/control/careful';
import { a, b, foundAt } from '../domain/fixtures';

const secret = 'hunter2';
const redact = (text: string): string => text.replaceAll(secret, '…');
const reading: Reading = { ok: true, found: foundAt(a), proof: 'dns' };
const replacement: Replacement = {
  from: foundAt(a),
  to: foundAt(b).sets,
  marker: { owner: 'sre', generation: 1, site: b },
};

/** An adapter that keeps its contract, but for what a row changes; `calls` counts what reached it. */
function adapter(changes: Partial<Provider>): { readonly provider: Provider; readonly calls: string[] } {
  const calls: string[] = [];
  const provider: Provider = {
    name: 'fake',
    guarantees: { atomic: true, compareAndSwap: true, note: '' },
    read: async () => reading,
    replace: async () => ({ code: 'applied', why: '' }),
    nameservers: async () => ['192.0.2.53:53'],
    preflight: async () => [{ level: 'ok', text: 'fine' }],
    close: async () => undefined,
    ...changes,
  };
  return {
    calls,
    provider: careful(
      {
        ...provider,
        read(signal) {
          calls.push('read');
          return provider.read(signal);
        },
        replace(what, signal) {
          calls.push('replace');
          return provider.replace(what, signal);
        },
      },
      redact,
    ),
  };
}

const throws = (): never => {
  throw new TypeError(`cannot read ${secret}`);
};
const rejects = async (): Promise<never> => throws();
const hangs = (): Promise<never> => new Promise(() => undefined);
const soon = (): AbortSignal => AbortSignal.timeout(10);
const never = new AbortController().signal;

test('what keeps the contract passes through', async () => {
  const { provider } = adapter({});
  expect(await provider.read(never)).toEqual({ ...reading, found: { ...foundAt(a), atomic: true } });
  expect(await provider.replace(replacement, never)).toEqual({ code: 'applied', why: '' });
  expect(await provider.nameservers(never)).toEqual(['192.0.2.53:53']);
  expect(await provider.preflight(never)).toEqual([{ level: 'ok', text: 'fine' }]);
  await provider.close();
});

describe('a breach becomes the safe value', () => {
  const breaches: readonly [name: string, breach: () => Promise<never>, signal: () => AbortSignal, why: RegExp][] = [
    ['it throws', throws, () => never, /adapter fake failed: TypeError: cannot read …/],
    ['it rejects', rejects, () => never, /adapter fake failed: TypeError: cannot read …/],
    ['it outlives its signal', hangs, soon, /no answer within the deadline/],
  ];
  test.each(breaches)('%s', async (_name, breach, signal, why) => {
    const { provider } = adapter({
      read: breach,
      replace: breach,
      nameservers: breach,
      preflight: breach,
      close: breach,
    });
    expect(await provider.read(signal())).toMatchObject({
      ok: false,
      code: 'unknown',
      why: expect.stringMatching(why),
    });
    expect(await provider.replace(replacement, signal())).toMatchObject({
      code: 'unknown',
      why: expect.stringMatching(why),
    });
    expect(await provider.nameservers(signal())).toEqual([]);
    expect(await provider.preflight(signal())).toMatchObject([{ level: 'error', text: expect.stringMatching(why) }]);
  });

  test('closing never fails', async () => {
    for (const close of [throws, rejects]) await adapter({ close }).provider.close();
  });

  test('nothing is asked once the signal has fired', async () => {
    const { provider, calls } = adapter({});
    expect(await provider.read(AbortSignal.abort())).toMatchObject({ ok: false, code: 'unknown' });
    expect(await provider.replace(replacement, AbortSignal.abort())).toMatchObject({ code: 'unknown' });
    expect(calls).toEqual([]);
  });

  test.each([[[]], [[{ type: 'A', ttl: 60, values: [] }] as const]])(
    'an empty set (%j) never reaches it',
    async (to) => {
      const { provider, calls } = adapter({});
      expect(await provider.replace({ ...replacement, to }, never)).toMatchObject({ code: 'denied' });
      expect(calls).toEqual([]);
    },
  );

  test('no secret passes in its words', async () => {
    const failed: Reading = { ok: false, code: 'denied', why: `token ${secret}` };
    const outcome: Outcome = { code: 'denied', why: `token ${secret}` };
    const { provider } = adapter({
      read: async () => failed,
      replace: async () => outcome,
      preflight: async () => [{ level: 'error', text: `token ${secret}` }],
    });
    const said = [
      await provider.read(never),
      await provider.replace(replacement, never),
      await provider.preflight(never),
    ];
    expect(JSON.stringify(said)).not.toContain(secret);
    expect(JSON.stringify(said)).toContain('token …');
  });
});
