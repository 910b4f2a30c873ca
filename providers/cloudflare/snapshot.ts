import { normalValue, parseMarker, type RecordSet, type RecordType, recordSet } from '../../src/domain/records';
import type { Found } from '../../src/domain/types';
import { isHinting, obscureHint } from '../hints';
import { type Failed, plain } from './answers';
import type { Listed } from './listing';

/** The managed name and its marker, parsed, as they stood at one moment. */
export interface Snapshot {
  readonly found: Found;
  /** `api` where the name servers answer something else than the records: proxied, or a flattened CNAME. */
  readonly proof: 'dns' | 'api';
  readonly entries: readonly Entry[];
  readonly markerIds: readonly string[];
  readonly fenceIds: readonly string[];
}

/** One record at the managed name that a switch moves. */
export interface Entry {
  readonly id: string;
  readonly type: RecordType;
  /** Normal form. */
  readonly content: string;
  /** As the API has it: 1 is automatic. */
  readonly ttl: number;
  readonly proxied: boolean;
}

/** The text of the fence record; `planChanges` says what it is for. */
export const fenceText = 'heritage=failoverd,fence=first-write';
/** What DNS shows for TTL 1, automatic (docs, time to live, 2026-11). */
const ttlShown = 300;

/** What a switch moves, in the order of a reading. */
export const movedTypes = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB'] as const;

/** The types whose records are given in parts, and are never proxied themselves. */
export function isSvcb(type: RecordType): type is 'HTTPS' | 'SVCB' {
  return type === 'HTTPS' || type === 'SVCB';
}

/** What two listings say together. A value that is not of its type fails: it must never pass for an absent one. */
export function snapshot(
  at: readonly Listed[],
  beside: readonly Listed[],
  apex: boolean,
): { readonly ok: true; readonly snapshot: Snapshot } | Failed {
  const entries: Entry[] = [];
  for (const type of movedTypes) {
    const own = at.filter((one) => one.type === type);
    // HTTPS and SVCB without address hints are neighbours; with one that hints, all of the type are one set.
    if (
      isSvcb(type) &&
      !isHinting(
        type,
        own.map(({ content }) => content),
      )
    )
      continue;
    for (const { id, content: shown, ttl, proxied } of own) {
      const content = normalValue(type, shown);
      if (content === null) {
        const why = `record ${id}: ${plain(shown)} is not a value of type ${type}`;
        return { ok: false, code: 'unknown', why };
      }
      entries.push({ id, type, content, ttl, proxied });
    }
  }
  const sets = movedTypes.flatMap((type) => setOf(type, entries));
  const texts = beside.filter((one) => one.type === 'TXT').map(({ id, content }) => ({ id, text: textOf(content) }));
  const claims = texts.filter(({ text }) => text !== fenceText);
  const marker = claims.length === 1 ? parseMarker(claims[0]?.text ?? '') : null;
  // A CNAME at the zone's apex is always flattened, elsewhere by choice (docs, CNAME flattening, 2026-11).
  const flattened = at.some((one) => one.type === 'CNAME' && (apex || one.flattened));
  return {
    ok: true,
    snapshot: {
      found: {
        sets,
        marker,
        foreignMarker: marker === null && claims.length > 0 ? plain(claims.map(({ text }) => text).join(' | ')) : null,
        obstacles: obstacles(at, beside, entries, apex),
      },
      proof: flattened || entries.some((entry) => entry.proxied) ? 'api' : 'dns',
      entries,
      markerIds: claims.map(({ id }) => id),
      fenceIds: texts.filter(({ text }) => text === fenceText).map(({ id }) => id),
    },
  };
}

function setOf(type: RecordType, entries: readonly Entry[]): readonly RecordSet[] {
  const own = entries.filter((entry) => entry.type === type);
  if (own.length === 0) return [];
  const ttl = Math.min(...own.map((entry) => (entry.ttl === 1 ? ttlShown : entry.ttl)));
  const set = recordSet(
    type,
    ttl,
    own.map((entry) => entry.content),
  );
  return set === null ? [] : [set];
}

function obstacles(
  at: readonly Listed[],
  beside: readonly Listed[],
  entries: readonly Entry[],
  apex: boolean,
): readonly string[] {
  const found: string[] = [];
  for (const one of at.filter((record) => record.readOnly)) {
    found.push(
      `${plain(one.type)} record ${one.id} is managed by another Cloudflare product and read-only; remove it there`,
    );
  }
  for (const { id, type, content } of at) {
    const why = obscureHint('the name', type, content);
    if (why !== null) found.push(`record ${id}: ${why}`);
  }
  if (entries.some((entry) => entry.content.endsWith('.cfargotunnel.com'))) {
    found.push('the name points to a Cloudflare Tunnel; give the tunnel another name');
  }
  // "If at least one of them is proxied, Cloudflare will treat all A/AAAA records on this name as being proxied" (docs, proxy status, 2026-11).
  if (new Set(entries.filter(({ type }) => !isSvcb(type)).map((entry) => entry.proxied)).size > 1) {
    found.push('some of its records are proxied and some are not; make them the same');
  }
  if (!apex && at.some((one) => one.type === 'NS')) {
    found.push('the name is delegated by NS records; manage it in that zone');
  }
  if (beside.some((one) => one.type === 'CNAME')) found.push('a CNAME stands where the marker TXT goes; remove it');
  return found;
}

/** The text of a TXT record: quoted character strings (RFC 1035 section 5.1) put together, or, in older records, bare text. */
export function textOf(content: string): string {
  if (!content.startsWith('"')) return content;
  return [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
    .map(([, quoted = '']) => quoted.replace(/\\(\d{3}|.)/g, (_, char: string) => unescaped(char)))
    .join('');
}

function unescaped(char: string): string {
  return char.length === 3 ? String.fromCharCode(Number(char)) : char;
}
