import { printable } from '../domain/printable';
import { isHostName, normalName, type RecordType } from '../domain/records';
import type { Claim } from '../domain/types';
import { type Answer, type Ask, ask as askServer } from './ask';
import type { NameServers } from './nameservers';

/**
 * The marks that other tools leave in a zone on the records they manage.
 *
 *   tool           where                                                 what
 *   external-dns   TXT at the name itself (until 0.17)                   heritage=external-dns,external-dns/owner=…
 *                  TXT at `TYPE-NAME` (from 0.12 on)                     the same, or base64 where it is encrypted
 *   octoDNS        TXT at `_owner.TYPE.NAME` (its OwnershipProcessor)    *octodns*
 *   octoDNS        TXT `meta` in the zone (its MetaProcessor)            not asked for: it says nothing of any one record
 *   dnscontrol     nowhere: it takes the whole zone for its own          –
 *   Terraform      nowhere: its state is the only record of it           –
 *
 * Not found: what stands at a name that only its settings know (external-dns `--txt-prefix`, `--txt-suffix`, `--txt-wildcard-replacement`,
 * octoDNS `txt_name`, `txt_value`). For the top of a zone `TYPE-NAME` lies outside it, so that external-dns needs such a prefix there.
 *
 * kubernetes-sigs.github.io/external-dns/v0.23.0/docs/registry/txt, its registry/mapper and endpoint/crypto.go;
 * octodns/processor/ownership.py and meta.py; docs.dnscontrol.org/language-reference/domain-modifiers/ignore (all November 2026).
 */

export interface ClaimsInput {
  readonly record: string;
  /** Types the sites publish. */
  readonly types: readonly RecordType[];
  readonly nameservers: NameServers;
  /** For one question. */
  readonly timeoutMs: number;
  readonly ask?: Ask;
}

export type Claimed =
  | { readonly ok: true; readonly claims: readonly Claim[] }
  | { readonly ok: false; readonly why: string };

const maxServers = 3;

/** Asks one authoritative server that answers for every mark; when none does, nothing is known. */
export async function findClaims(input: ClaimsInput, signal: AbortSignal): Promise<Claimed> {
  const ask = input.ask ?? askServer;
  const listing = await input.nameservers.list(signal);
  if (!listing.ok) return listing;
  let why = 'no name server to ask';
  for (const server of listing.servers.slice(0, maxServers)) {
    const texts = (name: string) => textsAt(ask({ server, name, type: 'TXT', timeoutMs: input.timeoutMs, signal }));
    const found = await claimsOn(input, texts);
    if (typeof found !== 'string') return { ok: true, claims: found };
    why = `${server.name} does not answer TXT of ${found}`;
    if (signal.aborted) break;
  }
  return { ok: false, why };
}

/** `elsewhere`: the server is sure, but it is not its zone. Null: it told nothing. */
type Texts = readonly string[] | 'elsewhere' | null;

async function textsAt(asked: Promise<Answer>): Promise<Texts> {
  const answer = await asked;
  if (!answer.ok) return null;
  const { rcode, aa, records } = answer;
  if (rcode === 'REFUSED' || rcode === 'NOTAUTH') return 'elsewhere';
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return null;
  return aa ? records.filter(({ type }) => type === 'TXT').map(({ value }) => value) : 'elsewhere';
}

/** The marks one server shows, or the name it told nothing of. */
async function claimsOn(
  { record, types }: ClaimsInput,
  texts: (name: string) => Promise<Texts>,
): Promise<readonly Claim[] | string> {
  const claims: Claim[] = [];
  for (const name of claimNames(record, types)) {
    const shown = await texts(name);
    // A server that does not serve the record itself knows of no mark; beside the top of a zone, its zone has none.
    if (shown === null || (shown === 'elsewhere' && name === record)) return name;
    const marks = shown === 'elsewhere' ? [] : shown.flatMap((text) => claimIn(record, name, text));
    const borrowed = marks.length === 0 || !isBeside(record, name) ? [] : await texts(`*.${parentOf(name)}`);
    if (borrowed === null) return name;
    // A wildcard's own mark is answered at every name that does not exist (RFC 4592), and is not about this record.
    const isOwn = marks.length > 0 && !(borrowed !== 'elsewhere' && sameTexts(shown, borrowed));
    if (isOwn) claims.push(...marks);
  }
  return claims;
}

function sameTexts(one: Texts, other: readonly string[]): boolean {
  return Array.isArray(one) && other.length > 0 && one.every((text) => other.includes(text));
}

function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/** Whether the name stands beside the record, as `TYPE-NAME` does, and not at it or below. */
function isBeside(record: string, name: string): boolean {
  return name !== record && name.endsWith(`-${record}`);
}

/**
 * The names at which a tool would have left its mark, the record itself first. octoDNS writes a wildcard's `*` as `_wildcard`;
 * external-dns's mark on one (`a-*`) is no name that a zone can be trusted to hold.
 */
export function claimNames(record: string, types: readonly RecordType[]): readonly string[] {
  const isWildcard = record.startsWith('*.');
  const below = isWildcard ? `_wildcard.${record.slice(2)}` : record;
  const lower = [...new Set(types.map((type) => type.toLowerCase()))];
  const marks = [
    ...(isWildcard ? [] : lower.map((type) => `${type}-${record}`)),
    ...lower.map((type) => `_owner.${type}.${below}`),
  ];
  // What is too long to be a name marks nothing.
  return [record, ...marks.filter(isHostName)];
}

/** The shortest mark of external-dns, compressed, encrypted and in base64, has about 120 characters. */
const encrypted = /^"?(?:[A-Za-z0-9+/]{4}){25,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"?$/;

/** What one TXT claims of the record; nothing, when it is none of those marks. */
export function claimIn(record: string, name: string, text: string): readonly Claim[] {
  const mark = { name: normalName(name), text: printable(text) };
  const isOctodns = name !== record && name.startsWith('_owner.');
  if (isOctodns) return text === '*octodns*' ? [{ tool: 'octodns', owner: null, ...mark }] : [];
  if (/^"?heritage=external-dns\b/.test(text)) {
    const [, owner] = /external-dns\/owner=([^,"]+)/.exec(text) ?? [];
    return [{ tool: 'external-dns', owner: owner === undefined ? null : printable(owner, 80), ...mark }];
  }
  return isBeside(record, name) && encrypted.test(text) ? [{ tool: 'external-dns', owner: null, ...mark }] : [];
}
