import type { Check } from '../probe/check';
import { checksOf, checksPlace } from './checks';
import { nearest } from './nearest';
import { type Rule, rule } from './rule';

/** Which provider, and which checks. */
export const choiceRules: readonly Rule[] = [
  rule('problem', ['provider'], ({ provider }, { providers }) => {
    const names = providers.map((row) => row.name);
    if (provider.length > 2)
      return {
        why: `${provider.length} providers are given, at most two are switched together`,
        remedy: 'give one or two',
      };
    if (provider.length === 2 && provider[0] === provider[1])
      return { why: `${provider[0]} is given twice`, remedy: 'give it once, or another one beside it' };
    return provider
      .filter((name) => !names.includes(name))
      .map((name) => {
        const close = nearest(name, names);
        return {
          why: `"${name}" is not an adapter`,
          remedy: close === null ? `give one of: ${names.join(', ')}` : `did you mean ${close}?`,
        };
      });
  }),
  rule('problem', ['provider', 'zone', 'record'], ({ provider, zone, record }) =>
    provider.length < 2 || zone === null || zone.includes('.') || record.endsWith(`.${zone}`)
      ? null
      : {
          about: 'zone',
          why: `"${zone}" can be the id of a zone at one provider only, and there are two`,
          remedy: 'give the name of the zone, or leave it out: it is found from the record',
        },
  ),
  rule('problem', ['check', 'checks'], ({ check, checks }) =>
    check.length > 0 || checks.size > 0
      ? null
      : { why: 'is required', remedy: 'say how it is known that a site works: https:///health' },
  ),
  rule('problem', ['checks', 'check', 'sites'], ({ check, sites, checks }) =>
    check.length === 0 && checks.size === 0
      ? null
      : sites
          .filter(({ name }) => checksOf(name, check, checks).every((one) => one.shadow))
          .map(({ name }) => ({
            ...checksPlace(name, checks),
            why: `site ${name} has no check that counts`,
            remedy: 'give it a check that is not shadow+, or give one to all sites',
          })),
  ),
  rule('problem', ['record', 'check', 'checks', 'sites'], ({ record, check, checks, sites }) =>
    sites
      .filter(
        ({ name }) => record.startsWith('*.') && checksOf(name, check, checks).some((one) => asksByName(one, record)),
      )
      .map(({ name }) => ({
        ...checksPlace(name, checks),
        why: `${record} is no name that a server can be asked for, and a check without a host asks for the record`,
        remedy: 'check tcp://:443, or give the host of a name that leads to the one site: https://{site}.example.com/',
      })),
  ),
  rule('warning', ['check', 'checks', 'sites', 'expect_body', 'expect_json'], (values) => {
    const unproven = values.sites
      .map(({ name }) => name)
      .filter((name) =>
        checksOf(name, values.check, values.checks).every(
          ({ kind, shadow }) => shadow || kind === 'http' || kind === 'tcp',
        ),
      );
    const [first] = unproven;
    if (first === undefined || values.expect_body !== null || values.expect_json !== null) return null;
    const whose =
      unproven.length === 1 ? `site ${first} is your server` : `sites ${unproven.join(', ')} are your servers`;
    return {
      ...checksPlace(first, values.checks),
      why: `nothing proves that ${whose}: plain http or tcp passes for whoever answers there`,
      remedy: 'use https:// or tls://, or expect a text of yours with EXPECT_BODY',
    };
  }),
  rule('warning', ['expect_body', 'expect_json', 'check', 'checks'], ({ expect_body, expect_json, check, checks }) => {
    const all = [...check, ...[...checks.values()].flat()];
    if ((expect_body === null && expect_json === null) || all.some((one) => one.kind.startsWith('http'))) return null;
    return {
      why: 'no check is http or https, so nothing looks at a body',
      remedy: 'use an https:// check, or remove it',
    };
  }),
];

function asksByName(check: Check, record: string): boolean {
  return ['http', 'https', 'tls'].includes(check.kind) && (check.host === null || check.host === record);
}
