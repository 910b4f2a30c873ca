import { printable } from '../domain/printable';
import { normalName, type RecordType } from '../domain/records';
import type { Claim } from '../domain/types';
import { type Ask, ask as askServer } from './ask';
import type { NameServers } from './nameservers';

/**
 * The marks that other tools leave in a zone on the records they manage.
 *
 *   tool           where                                                   what
 *   external-dns   TXT at the name itself; from 0.12 on at `TYPE-NAME`      heritage=external-dns,external-dns/owner=…
 *   octoDNS        TXT at `_owner.TYPE.NAME` (its OwnershipProcessor)        *octodns*
 *   dnscontrol     nowhere: it takes the whole zone for its own             –
 *   Terraform      nowhere: its state is the only record of it              –
 *
 * external-dns can be told to use a prefix or suffix of its own (`--txt-prefix`, `--txt-suffix`) and to encrypt the text: those are not found.
 */

export interface ClaimsInput {
  readonly record: string;
  /** Types the sites publish. */
  readonly types: readonly RecordType[];
  readonly nameservers: NameServers;
  /** For all questions together, to one server. */
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
    const claims: Claim[] = [];
    let answered = true;
    for (const name of claimNames(input.record, input.types)) {
      const answer = await ask({ server, name, type: 'TXT', timeoutMs: input.timeoutMs, signal });
      const told = answer.ok && answer.aa && (answer.rcode === 'NOERROR' || answer.rcode === 'NXDOMAIN');
      if (!told) {
        why = `${server.name} does not answer TXT of ${name}: ${answer.ok ? answer.rcode : answer.why}`;
        answered = false;
        break;
      }
      for (const { type, value } of answer.records) if (type === 'TXT') claims.push(...claimIn(name, value));
    }
    if (answered) return { ok: true, claims };
    if (signal.aborted) break;
  }
  return { ok: false, why };
}

/** The names at which a tool would have left its mark. A wildcard's stand at literal names below. */
export function claimNames(record: string, types: readonly RecordType[]): readonly string[] {
  const name = record.startsWith('*.') ? record.slice(2) : record;
  const own = record.startsWith('*.') ? `_wildcard.${name}` : name;
  const lower = [...new Set(types.map((type) => type.toLowerCase()))];
  return [
    ...(record.startsWith('*.') ? [] : [record]),
    ...lower.map((type) => `${type}-${name}`),
    ...lower.map((type) => `_owner.${type}.${own}`),
  ];
}

/** What one TXT claims; nothing, when it is none of those marks. */
export function claimIn(name: string, text: string): readonly Claim[] {
  const shown = printable(text);
  if (/^"?heritage=external-dns\b/.test(text)) {
    const [, owner] = /external-dns\/owner=([^,"]+)/.exec(text) ?? [];
    return [
      {
        tool: 'external-dns',
        owner: owner === undefined ? null : printable(owner, 80),
        name: normalName(name),
        text: shown,
      },
    ];
  }
  if (/^\*octodns\*$/.test(text) && name.startsWith('_owner.'))
    return [{ tool: 'octodns', owner: null, name: normalName(name), text: shown }];
  return [];
}
