import type { Found } from '../src/domain/types';
import type { Finding } from './provider';

/** What stands at the name, and what keeps us from writing there, for `check`. */
export function recordFindings(record: string, found: Found): readonly Finding[] {
  const values = found.sets.map((set) => `${set.type} ${set.values.join(' ')}`).join('; ');
  const findings: Finding[] = [{ level: 'ok', text: `${record}: ${values === '' ? 'no record' : values}` }];
  for (const obstacle of found.obstacles) findings.push({ level: 'error', text: obstacle });
  if (found.foreignMarker !== null) {
    findings.push({ level: 'error', text: `the marker TXT is somebody else's: ${found.foreignMarker}` });
  }
  return findings;
}
