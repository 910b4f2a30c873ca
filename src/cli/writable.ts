import type { Finding, Provider } from '../../providers/provider';
import type { FindClaims, Verification, Verifier } from '../control/ports';
import { claimants } from '../domain/claims';
import type { Event } from '../domain/events';
import { hintedTypes } from '../domain/hints';
import type { RecordSet } from '../domain/records';
import { initial, step } from '../domain/step';
import type { Found, Policy } from '../domain/types';
import { siteWith } from '../domain/view';
import { type Promised, zoneTtl } from './zone-ttl';

/** Who is asked beside the provider. */
export interface Witnesses {
  readonly claims: FindClaims;
  readonly servers: Verifier & {
    /** What each shows, compared with nothing; `sets` null: nothing usable. */
    observe(signal: AbortSignal): Promise<
      | {
          readonly ok: true;
          readonly servers: readonly {
            readonly server: string;
            readonly sets: readonly RecordSet[] | null;
            readonly why: string;
          }[];
        }
      | { readonly ok: false; readonly why: string }
    >;
  };
}

/**
 * Whether the daemon could write the record and prove it: what it would page about the zone and its name servers, with nothing known from
 * before. A tool's mark may have been adopted already, which only the daemon knows: so it warns.
 */
export async function writable(
  promised: Promised,
  provider: Provider,
  { claims, servers }: Witnesses,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { policy } = promised;
  const reading = await provider.read(signal);
  const proofs = reading.ok ? (reading.proofs ?? [reading.proof]) : (['dns'] as const);
  const [marks, shown] = await Promise.all([
    proofs.some((proof) => proof !== 'read') ? claims(signal) : ({ ok: true, claims: [] } as const),
    reading.ok && proofs.includes('dns') ? asked(policy, reading.found, servers, signal) : null,
  ]);
  const tools = marks.ok ? claimants(policy, marks.claims) : [];
  return [
    ...(reading.ok ? pages(policy, { type: 'found', found: reading.found }) : []),
    ...(reading.ok ? zoneTtl(promised, reading.found) : []),
    ...(shown === null ? [] : seenBy(policy, shown)),
    ...tools.map(({ why }): Finding => ({ level: 'warn', text: `${why}; failoverd adopt takes it over` })),
    ...(marks.ok
      ? []
      : [{ level: 'warn' as const, text: `whether another tool claims ${policy.record} is not known: ${marks.why}` }]),
  ];
}

/** Every authoritative server: whether it shows what the zone holds, and where that is no site's, whether it shows anything. */
async function asked(
  policy: Policy,
  found: Found,
  servers: Witnesses['servers'],
  signal: AbortSignal,
): Promise<Verification> {
  const site = siteWith(policy, found.sets);
  if (site !== null) return servers.verify({ ...site, hinted: hintedTypes(found) }, signal);
  const seen = await servers.observe(signal);
  if (!seen.ok) return seen;
  return { ok: true, answers: seen.servers.map(({ server, sets, why }) => ({ server, agrees: sets !== null, why })) };
}

function seenBy(policy: Policy, seen: Verification): readonly Finding[] {
  const laggards = seen.ok
    ? seen.answers.filter(({ agrees }) => !agrees).map(({ server, why }) => `${server}: ${why}`)
    : [`no authoritative server could be asked: ${seen.why}`];
  if (laggards.length > 0 || !seen.ok) return pages(policy, { type: 'verified', generation: 0, laggards });
  return [{ level: 'ok', text: `name servers agree: ${seen.answers.map(({ server }) => server).join(', ')}` }];
}

/** What a daemon that knows nothing yet would page after this event. */
function pages(policy: Policy, event: Event): readonly Finding[] {
  const { state } = step(initial(null), event, policy, { nowMs: 0, failbackOpen: false, elsewhere: 0 });
  return Object.values(state.alerts)
    .filter(({ page }) => page)
    .map(({ code, why, remedy }) => ({ level: 'error', text: `${code}: ${why}; ${remedy}` }));
}
