import type { Finding, Provider } from '../../providers/provider';
import type { FindClaims } from '../control/ports';
import { claimants, strangers } from '../domain/claims';
import type { Policy } from '../domain/types';

/**
 * Whose the record is, by name: another failoverd, or a tool that left its mark. What stands in the place of our own marker the
 * adapters tell themselves. A tool's mark may have been adopted already, which only the daemon knows: so it warns.
 */
export async function ownership(
  policy: Policy,
  provider: Provider,
  find: FindClaims,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const reading = await provider.read(signal);
  const inZone = !reading.ok || (reading.proofs ?? [reading.proof]).some((proof) => proof !== 'read');
  const asked = inZone ? await find(signal) : ({ ok: true, claims: [] } as const);
  const others = reading.ok ? strangers(policy, reading.found, []).filter(({ adoptable }) => adoptable) : [];
  const tools = asked.ok ? claimants(policy, asked.claims) : [];
  return [
    ...others.map(({ why }): Finding => ({ level: 'error', text: `${why}; failoverd adopt takes it over` })),
    ...tools.map(({ why }): Finding => ({ level: 'warn', text: `${why}; failoverd adopt takes it over` })),
    ...(asked.ok
      ? []
      : [{ level: 'warn' as const, text: `whether another tool claims ${policy.record} is not known: ${asked.why}` }]),
  ];
}
