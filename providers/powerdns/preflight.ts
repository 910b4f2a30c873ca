import { recordFindings } from '../findings';
import { isExposed } from '../http';
import type { Finding } from '../provider';
import type { Location } from './location';
import type { Snapshot } from './snapshot';
import type { Api } from './zone';

/** What `failoverd check` should know, from the connection to the record. */
export async function findings(
  api: Api,
  location: Location,
  about: { readonly record: string; readonly url: string },
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  if (isExposed(about.url)) {
    const text = 'POWERDNS_API_URL is not encrypted, and the key travels in it; put a TLS proxy before the API';
    found.push({ level: 'warn', text });
  }
  const version = await api.version(signal);
  if (!version.ok)
    return [...found, { level: 'error', text: `${version.why}; check POWERDNS_API_URL, _KEY and _SERVER_ID` }];
  found.push({ level: 'ok', text: `PowerDNS ${version.value} answers, and takes the key` });
  const looked = await location.look(signal);
  if (!looked.ok) return [...found, { level: 'error', text: looked.why }];
  found.push(...zoneFindings(looked.seen), ...recordFindings(about.record, looked.seen.found));
  const text =
    'the key can change every zone of the server: the API knows no narrower one; let only this machine reach it (webserver-allow-from), ' +
    'or put a proxy before it that passes on nothing but the requests for this zone';
  found.push({ level: 'warn', text });
  return found;
}

function zoneFindings({ zone, whole }: Snapshot): readonly Finding[] {
  const found: Finding[] = [{ level: 'ok', text: `zone ${zone.name} (${zone.kind})` }];
  if (zone.kind === 'Master' && !zone.countsChanges) {
    const text = `zone ${zone.name} has no SOA-EDIT-API: its serial stays, and the secondaries see no change; set it to DEFAULT`;
    found.push({ level: 'error', text });
  }
  if (zone.signed && !zone.rectifies) {
    const text = `zone ${zone.name} is signed and API-RECTIFY is off: a new name would lack its NSEC; set API-RECTIFY to 1`;
    found.push({ level: 'warn', text });
  }
  if (!whole) {
    const text = `zone ${zone.name} is too large to be read whole: before PowerDNS 5.0 disabled records of the name are not seen, and a switch drops them`;
    found.push({ level: 'warn', text });
  }
  return found;
}
