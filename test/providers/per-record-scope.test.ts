import { describe, expect, test } from '@jest/globals';
import type { Provider, ProviderInput } from '../../providers/provider';
import { connect as connectAlidns, inputFor as inputForAlidns } from './alidns-connect';
import { startAlidnsFake } from './alidns-fake';
import { connect as connectDnspod, inputFor as inputForDnspod } from './dnspod-connect';
import { startDnspodFake } from './dnspod-fake';
import { bench, soon, told, type VendorOptions } from './per-record-bench';

interface Opened {
  readonly provider: Provider;
  /** With the token of temporary credentials. */
  temporary(): Promise<Provider>;
  asked(): readonly string[];
  writes(): number;
}

const dnspod = bench(startDnspodFake, connectDnspod);
const alidns = bench(startAlidnsFake, connectAlidns);
const over = (input: ProviderInput, name: string, value: string) => ({ env: { ...input.env, [name]: value } });

const vendors: Readonly<Record<string, (options: VendorOptions) => Promise<Opened>>> = {
  async dnspod(options) {
    const { fake, provider } = await dnspod.openMarked(options);
    const temporary = () => connectDnspod(fake, over(inputForDnspod(fake), 'TENCENTCLOUD_TOKEN', fake.token));
    return { provider, temporary, asked: () => fake.asked.map(({ action }) => action), writes: fake.writes };
  },
  async alidns(options) {
    const { fake, provider } = await alidns.openMarked(options);
    const env = over(inputForAlidns(fake), 'ALIBABA_CLOUD_SECURITY_TOKEN', fake.securityToken);
    const temporary = () => connectAlidns(fake, env);
    return { provider, temporary, asked: () => fake.asked.map(({ action }) => action), writes: fake.writes };
  },
};
const listing = { dnspod: 'DescribeDomainList', alidns: 'DescribeDomains' } as Readonly<Record<string, string>>;

describe.each(Object.entries(vendors))('a key for %s', (vendor, open) => {
  const reach = /the key (is|sees)/;
  const rows: readonly (readonly [string, VendorOptions, RegExp | null])[] = [
    ['of a user of its own with one domain', {}, null],
    ['that sees others', { domains: 7 }, /^warn: the key sees 7 domains: give it example\.test alone.*README/m],
    ['of the main account', { main: true }, /^warn: the key is the main account's own.*a (CAM|RAM) user of its own/m],
    ['that may ask neither', { main: true, domains: 7, forbidden: [listing[vendor] ?? '', 'GetCallerIdentity'] }, null],
  ];
  test.each(rows)('%s', async (_, options, pattern) => {
    const { provider, writes } = await open(options);
    const text = await told(provider);
    if (pattern === null) expect(text).not.toMatch(reach);
    else expect(text).toMatch(pattern);
    expect(text).not.toMatch(/^error/m);
    expect(writes()).toBe(0);
  });

  test('is not asked for its reach by every self-test', async () => {
    const { provider, asked } = await open({ main: true, domains: 7 });
    expect((await provider.preflight(soon())).map(({ text }) => text).join()).not.toMatch(reach);
    expect(asked()).not.toContain('GetCallerIdentity');
    expect(asked()).not.toContain(listing[vendor]);
  });

  test('that is temporary: told to end, and that nobody knows when', async () => {
    const { temporary } = await open({ temporary: true });
    expect(await told(await temporary())).toMatch(/^warn: \w+_TOKEN is set: temporary credentials.*does not renew/m);
  });
});
