import {
  type Marker,
  markerName,
  markerText,
  type RecordSet,
  type RecordType,
  sameValues,
} from '../../src/domain/records';
import { type SvcbParts, svcbParts } from '../hints';
import { fenceText, isSvcb, movedTypes, type Snapshot } from './snapshot';

/** The body of one batch request. */
export interface Changes {
  readonly deletes: readonly { readonly id: string }[];
  readonly patches: readonly Patch[];
  readonly posts: readonly Post[];
}

interface Address {
  readonly name: string;
  readonly content: string;
  readonly ttl: number;
}
/** The content of HTTPS and SVCB is read-only: they are written in parts (API reference, DNS records, 2026-11). */
interface Parts {
  readonly name: string;
  readonly data: SvcbParts;
  readonly ttl: number;
}
type Typed =
  | (Address & ({ readonly type: 'A' } | { readonly type: 'AAAA' } | { readonly type: 'CNAME' }))
  | (Parts & ({ readonly type: 'HTTPS' } | { readonly type: 'SVCB' }));
/** Name and type are repeated unchanged, as the vendor's schema wants them; what is left out (proxied, comment, tags) stays. */
export type Patch = Typed & { readonly id: string };
export type Post =
  | (Typed & { readonly proxied: boolean; readonly comment: string })
  | (Address & { readonly type: 'TXT'; readonly comment: string });

/** TTL limits outside Enterprise, and the value that means automatic (docs, DNS record TTL, 2026-11). */
export const ttlFloor = 60;
const ttlCeiling = 86_400;
const ttlAutomatic = 1;

/** Comments may have 100 characters on the free plan (docs, record attributes, 2026-11). */
const commentLimit = 100;

/** The TTL Cloudflare will take for what was asked. */
export function allowedTtl(ttl: number): number {
  return Math.min(Math.max(ttl, ttlFloor), ttlCeiling);
}

/**
 * The one batch that makes the name hold `to`. Records are patched by id; only a surplus is deleted and only a shortage posted, so
 * that a record keeps its proxied flag, comment and tags. A change between families, or to CNAME, has to delete and post. Where no
 * value changes, the marker alone is written: a TTL that a person set, or that Cloudflare raised, is no reason to write.
 *
 * The batch is one transaction, and fails whole when any of its parts fails (docs, batch record changes, 2026-11). That is our fence:
 * the marker is not patched but deleted by id and posted anew, so a batch that rests on a marker that is gone (a rival's, a late or a
 * repeated delivery of an earlier one) fails with 81044. Where there is no marker yet, a fence record with a constant text is
 * posted instead, and stays; of two first writers the second fails with 81058.
 */
export function planChanges(record: string, now: Snapshot, to: readonly RecordSet[], marker: Marker): Changes {
  const isProxied = now.entries.some((entry) => entry.proxied);
  const comment = `managed by failoverd, owner ${marker.owner}`.slice(0, commentLimit);
  const deletes: { readonly id: string }[] = [];
  const patches: Patch[] = [];
  const posts: Post[] = [];

  for (const type of sameValues(now.found.sets, to) ? [] : movedTypes) {
    const proxied = isProxied && !isSvcb(type);
    const set = to.find((one) => one.type === type);
    const wanted = set?.values ?? [];
    const ttl = proxied ? ttlAutomatic : allowedTtl(set?.ttl ?? ttlFloor);
    const entries = now.entries.filter((entry) => entry.type === type);
    const kept = entries.filter((entry) => wanted.includes(entry.content));
    const surplus = entries.filter((entry) => !wanted.includes(entry.content));
    const missing = wanted.filter((value) => !entries.some((entry) => entry.content === value));
    for (const entry of kept) {
      if (entry.ttl !== ttl) patches.push({ id: entry.id, ...typed(type, record, entry.content, ttl) });
    }
    for (const [index, content] of missing.entries()) {
      const entry = surplus[index];
      const address = typed(type, record, content, ttl);
      if (entry === undefined) posts.push({ ...address, proxied, comment });
      else patches.push({ id: entry.id, ...address });
    }
    deletes.push(...surplus.slice(missing.length).map(({ id }) => ({ id })));
  }

  const text = (content: string, about: string): Post => ({
    type: 'TXT',
    name: markerName(record),
    content: `"${content.replace(/["\\]/g, '\\$&')}"`,
    ttl: ttlFloor,
    comment: about,
  });
  posts.push(text(markerText(marker), comment));
  if (now.markerIds.length > 0) deletes.push(...now.markerIds.map((id) => ({ id })));
  else {
    deletes.push(...now.fenceIds.map((id) => ({ id })));
    posts.push(text(fenceText, 'failoverd: keeps two first writers apart, leave it here'));
  }
  return { deletes, patches, posts };
}

function typed(type: RecordType, name: string, content: string, ttl: number): Typed {
  if (!isSvcb(type)) return { type, name, content, ttl };
  const data = svcbParts(content) ?? { priority: 0, target: content, value: '' };
  return { type, name, data, ttl };
}
