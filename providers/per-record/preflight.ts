import { recordFindings } from '../findings';
import type { Finding } from '../provider';
import type { Api, Zone } from './api';
import type { ManagedName } from './managed-name';
import { scopeFindings, temporaryFindings, type Words } from './scope';

export interface Checked {
  readonly api: Api;
  readonly name: ManagedName;
  /** What was configured, and what will be taken for it. */
  readonly ttl: number;
  readonly ttlIn: (zone: Zone, ttl: number) => number;
  readonly note: string;
  readonly words: Words;
  /** The variable that holds the token of temporary credentials; null: they are lasting. */
  readonly temporary: string | null;
}

/** What `failoverd check` should know, from the zone to the record. Changes nothing. `thorough`: also what the self-test need not ask again. */
export async function findings(
  { api, name, ttl, ttlIn, note, words, temporary }: Checked,
  signal: AbortSignal,
  thorough: boolean,
): Promise<readonly Finding[]> {
  const located = await name.locate(signal);
  if (!located.ok) return [{ level: 'error', text: located.why }];
  const zone = located.value;
  const all: Finding[] = [{ level: 'ok', text: `zone ${zone.name}${zone.id === null ? '' : ` (${zone.id})`}` }];
  for (const text of zone.troubles) all.push({ level: 'error', text });
  const looked = await name.look(signal);
  if (!looked.ok) return [...all, { level: 'error', text: looked.why }];
  all.push(...recordFindings(name.record, looked.value.seen.found), ttlFinding(zone, ttl, ttlIn(zone, ttl)));
  all.push(...(await api.findings(zone, name.record, signal)), ...temporaryFindings(temporary));
  if (thorough) all.push(...scopeFindings(await api.scope(signal), zone, words));
  return [...all, { level: 'warn', text: `${note} Only a write shows whether writing is permitted.` }];
}

function ttlFinding(zone: Zone, asked: number, written: number): Finding {
  if (zone.ttlFloor === null) {
    const text = `the plan's least TTL was not told; should FAILOVERD_TTL, ${asked} s, lie below it, the first write is refused`;
    return { level: 'warn', text };
  }
  if (asked === written) return { level: 'ok', text: `the plan's least TTL is ${zone.ttlFloor} s` };
  const text = `FAILOVERD_TTL is ${asked} s; the plan of ${zone.name} takes ${zone.ttlFloor} s and more, so ${written} s is written`;
  return { level: 'warn', text };
}
