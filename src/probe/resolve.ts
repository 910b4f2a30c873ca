import { ADDRCONFIG } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressKind, addressRefusal } from '../domain/addresses';
import { printable } from '../domain/printable';
import type { FailClass } from '../domain/types';
import { classify } from './classify';
import { type Deadline, within } from './deadline';

/** No name is followed to more addresses than this. */
const maxAddresses = 8;

/** Where a host name leads: at least one allowed address, a failure of the name, or our resolver's fault. */
export type Resolution =
  | { readonly result: 'found'; readonly addresses: readonly string[] }
  | { readonly result: 'fail'; readonly class: FailClass; readonly why: string }
  | { readonly result: 'unknown'; readonly why: string };

/** All addresses of a name in the resolver's order; rejects with getaddrinfo's codes. */
export type Lookup = (name: string) => Promise<readonly string[]>;

type Answer =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly error: unknown };

export interface Resolver {
  /** Resolves a name, or reads an address literal, and refuses addresses that must not be connected to. */
  resolve(host: string, allowPrivate: boolean, deadline: Deadline): Promise<Resolution>;
}

/**
 * A resolver that asks once at a time for each name: a getaddrinfo(3) that hangs occupies one of few threads far longer than any
 * probe waits, and asking again would only queue more behind it.
 */
export function createResolver(lookup: Lookup = lookupSystem): Resolver {
  const asking = new Map<string, Promise<Answer>>();
  const ask = (name: string): Promise<Answer> => {
    const already = asking.get(name);
    if (already !== undefined) return already;
    const answer = lookup(name)
      .then((addresses): Answer => ({ ok: true, addresses }))
      .catch((error: unknown): Answer => ({ ok: false, error }))
      .finally(() => asking.delete(name));
    asking.set(name, answer);
    return answer;
  };
  return {
    async resolve(host, allowPrivate, deadline) {
      const name = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
      const refusal = addressKind(name) === 'none' ? null : addressRefusal(name, allowPrivate);
      if (refusal !== null) return { result: 'unknown', why: `${printable(name)} refused: ${refusal}` };
      if (isIP(name) !== 0) return { result: 'found', addresses: [name] };
      const answer = await within(deadline, ask(name));
      if (answer === null) return { result: 'unknown', why: `our resolver did not answer for ${name} in time` };
      return answer.ok ? vetted(name, answer.addresses, allowPrivate) : failed(name, answer.error);
    },
  };
}

/** ADDRCONFIG leaves out address families this machine does not have. */
async function lookupSystem(name: string): Promise<readonly string[]> {
  const answers = await systemLookup(name, { all: true, hints: ADDRCONFIG });
  return answers.map((answer) => answer.address);
}

function failed(name: string, error: unknown): Resolution {
  const blame = classify(error);
  const why = `resolving ${name}: ${blame.why}`;
  return blame.side === 'theirs' ? { result: 'fail', class: blame.class, why } : { result: 'unknown', why };
}

/** One bad address spoils the name: what it gives next time is anybody's guess. */
function vetted(name: string, addresses: readonly string[], allowPrivate: boolean): Resolution {
  if (addresses.length === 0) return { result: 'fail', class: 'dns', why: `${name} has no address` };
  for (const address of addresses) {
    const refusal = addressRefusal(address, allowPrivate);
    if (refusal === null) continue;
    return { result: 'fail', class: 'dns', why: `${name} resolves to ${printable(address)}: ${refusal}` };
  }
  return { result: 'found', addresses: addresses.slice(0, maxAddresses) };
}
