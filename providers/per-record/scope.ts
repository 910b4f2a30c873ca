import type { Finding } from '../provider';
import type { Zone } from './api';

/** How far the key reaches, as far as reading tells. Null: not told, which the least privilege is. */
export interface Scope {
  /** Whether it is the account's own key, which no policy bounds. */
  readonly isMain: boolean | null;
  /** How many domains it may list. */
  readonly domains: number | null;
}

/** What differs from vendor to vendor. */
export interface Words {
  readonly provider: string;
  /** An identity of its own, as the vendor calls it. */
  readonly user: string;
}

/** What the key may do beyond its need. */
export function scopeFindings({ isMain, domains }: Scope, zone: Zone, { provider, user }: Words): readonly Finding[] {
  const policy = `providers/${provider}/README.md has the policy`;
  const all: Finding[] = [];
  if (isMain === true) {
    const text = `the key is the main account's own, which may do everything in it, not only change ${zone.name}: make a key for ${user} of its own (${policy})`;
    all.push({ level: 'warn', text });
  }
  if (domains !== null && domains > 1) {
    all.push({ level: 'warn', text: `the key sees ${domains} domains: give it ${zone.name} alone (${policy})` });
  }
  return all;
}

/** Temporary credentials end, at a time that neither the token nor the service tells. */
export function temporaryFindings(variable: string | null): readonly Finding[] {
  if (variable === null) return [];
  const text = `${variable} is set: temporary credentials, which end after hours at a time that cannot be read from them, and failoverd does not renew them; use a key of its own, or set new ones and restart in time`;
  return [{ level: 'warn', text }];
}
