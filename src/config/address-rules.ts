import type { ProviderRow } from '../../providers/provider';
import { addressKind } from '../domain/addresses';
import type { Check } from '../probe/check';
import { checksOf, checksPlace } from './checks';
import type { Fault } from './parse';
import { type Rule, rule } from './rule';

/** Where a record may point and a probe may go, and how names must stand to each other. */
export const addressRules: readonly Rule[] = [
  rule('problem', ['sites', 'allow_private'], ({ sites, allow_private }) =>
    sites.flatMap(({ name, sets }) =>
      sets.flatMap((set) =>
        set.type === 'CNAME' ? [] : set.values.flatMap((value) => refusal(value, `site ${name}`, allow_private)),
      ),
    ),
  ),
  rule('problem', ['check', 'checks', 'sites', 'allow_private'], ({ check, checks, sites, allow_private }) =>
    sites.flatMap(({ name }) =>
      checksOf(name, check, checks)
        .flatMap((one) => checkRefusal(one, allow_private))
        .map((fault) => ({ ...fault, ...checksPlace(name, checks) })),
    ),
  ),
  rule('problem', ['zone', 'record'], ({ zone, record }) =>
    zone === null || !zone.includes('.') || `.${bare(record)}`.endsWith(`.${zone}`)
      ? null
      : {
          why: `the record ${record} is not in the zone ${zone}`,
          remedy: 'correct one of the two, or leave the zone out: it is found from the record',
        },
  ),
  rule('problem', ['sites', 'record', 'zone', 'provider'], ({ sites, record, zone, provider }, { providers }) =>
    (zone ?? ownZone(record, provider, providers)) === record &&
    sites.some(({ sets }) => sets.some((set) => set.type === 'CNAME'))
      ? {
          why: `${record} is the top of its zone, where DNS allows no CNAME (RFC 1034 section 3.6.2)`,
          remedy: 'give the sites addresses instead of host names, or manage a name below the zone',
        }
      : null,
  ),
  rule('problem', ['sites', 'record'], ({ sites, record }) =>
    sites
      .filter(({ sets }) => sets.some((set) => set.type === 'CNAME' && set.values.includes(record)))
      .map(({ name }) => ({
        why: `site ${name} points at the record itself: ${record}`,
        remedy: 'give the name of the place that serves this site',
      })),
  ),
];

/** Why this host of a check may not be contacted; a name is judged by what it resolves to, when it is probed. */
export function checkRefusal(check: Check, allowPrivate: boolean): readonly Fault[] {
  if (check.host === null) return [];
  if (check.host === 'localhost') return refusal('127.0.0.1', `"${check.url}"`, allowPrivate);
  return addressKind(check.host) === 'none' ? [] : refusal(check.host, `"${check.url}"`, allowPrivate);
}

function refusal(address: string, who: string, allowPrivate: boolean): readonly Fault[] {
  const kind = addressKind(address);
  if (kind === 'public') return [];
  const never = ['metadata', 'multicast', 'unspecified', 'mapped'].includes(kind);
  if (!never && allowPrivate) return [];
  const what = kind === 'metadata' ? 'the cloud’s metadata service' : `${kind} (${address})`;
  return [
    {
      why: `${who}: ${address} is ${never ? `${what}, which is never allowed` : `${kind}, not public`}`,
      remedy: never
        ? 'give the address of a server of yours'
        : 'give a public address, or set FAILOVERD_ALLOW_PRIVATE=true',
    },
  ];
}

/**
 * The zone of a short name that we serve ourselves: a name of two labels is its own zone, as the built-in server has it. Any other zone is
 * found only by asking.
 */
function ownZone(record: string, adapters: readonly string[], rows: readonly ProviderRow[]): string | null {
  const served = rows.some((row) => row.owned && adapters.includes(row.name));
  return served && !record.startsWith('*.') && record.split('.').length <= 2 ? record : null;
}

function bare(record: string): string {
  return record.startsWith('*.') ? record.slice(2) : record;
}
