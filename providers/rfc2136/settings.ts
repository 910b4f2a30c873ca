import { normalIpv4, normalIpv6 } from '../../src/domain/address-text';
import { isHostName, markerName, normalName } from '../../src/domain/records';
import type { Created, ProviderInput } from '../provider';
import { type Algorithm, hashBytes, type Key } from './tsig';

/** The primary that takes the updates, and the key that signs everything said to it. */
export interface Settings {
  /** Address or host name; the latter is resolved by the system at every connection. */
  readonly host: string;
  readonly port: number;
  readonly key: Key;
  /** `udp`: what fits goes in datagrams, the rest over TCP. */
  readonly transport: 'tcp' | 'udp';
}

type Problem = Extract<Created, { ok: false }>['problems'][number];
export type Parsed =
  | { readonly ok: true; readonly settings: Settings; readonly zone: string | null }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Judges the variables, all at once. Without a key there is no adapter: whoever may send unsigned updates may move the name. */
export function parseSettings({ record, zone: given, env }: ProviderInput): Parsed {
  const problems: Problem[] = [];
  const server = parseServer(env['RFC2136_SERVER'] ?? '');
  if (server === null)
    problems.push({
      name: 'RFC2136_SERVER',
      why: `${shown(env['RFC2136_SERVER'])} is not host[:port], address[:port] or [ipv6]:port`,
      remedy: "give the zone's primary, such as 192.0.2.53 or ns1.example.net:53",
    });
  else if (isInside(server.host, record))
    problems.push({
      name: 'RFC2136_SERVER',
      why: `${server.host} lies in the managed name ${record}: once that is broken, its server could not be found`,
      remedy: 'give its address, or a name that does not depend on the record',
    });
  const name = normalName(env['RFC2136_TSIG_NAME'] ?? '');
  if (!isKeyName(name))
    problems.push({
      name: 'RFC2136_TSIG_NAME',
      why: `${shown(env['RFC2136_TSIG_NAME'])} is not the name of a key; unsigned updates are not sent, not even on loopback`,
      remedy: 'give the name the server knows the key by; tsig-keygen makes one',
    });
  const secret = decodeBase64(env['RFC2136_TSIG_SECRET'] ?? '');
  if (secret === null)
    problems.push({
      name: 'RFC2136_TSIG_SECRET',
      why: env['RFC2136_TSIG_SECRET'] === undefined ? 'is not set' : 'is not base64',
      remedy: 'copy the secret of the key as tsig-keygen printed it, without quotes',
    });
  const algorithm = parseAlgorithm(env['RFC2136_TSIG_ALGORITHM'] ?? 'hmac-sha256');
  if (algorithm === null)
    problems.push({
      name: 'RFC2136_TSIG_ALGORITHM',
      why: `${shown(env['RFC2136_TSIG_ALGORITHM'])} is not one of ${Object.keys(hashBytes).join(', ')}`,
      remedy: 'make a new key with tsig-keygen -a hmac-sha256; MD5 and SHA-1 are not taken',
    });
  const transport = env['RFC2136_TRANSPORT'] ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'udp') {
    problems.push({
      name: 'RFC2136_TRANSPORT',
      why: `${shown(transport)} is not tcp or udp`,
      remedy: 'leave it out for TCP; udp is for servers that take updates over nothing else',
    });
    return { ok: false, problems };
  }
  const zone = given === null ? null : normalName(given);
  if (zone !== null && (zone === '' || !`.${record}`.endsWith(`.${zone}`)))
    problems.push({
      name: 'FAILOVERD_ZONE',
      why: `${record} does not lie in ${shown(zone)}`,
      remedy: 'give the name of the zone that holds the record, or leave it out',
    });
  if (markerName(record).length > 253)
    problems.push({
      name: 'FAILOVERD_RECORD',
      why: `${markerName(record)}, the marker beside it, is longer than a name may be (253 characters)`,
      remedy: 'manage a shorter name',
    });
  if (server === null || secret === null || algorithm === null || problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: { ...server, key: { name, algorithm, secret }, transport }, zone };
}

/** An address or host name with an optional port; null when it is neither. */
function parseServer(text: string): { readonly host: string; readonly port: number } | null {
  const bare = normalIpv6(text);
  if (bare !== null) return { host: bare, port: 53 };
  const match = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? 53);
  if (match === null || port < 1 || port > 65_535) return null;
  const name = normalName(match[2] ?? '');
  const host = match[1] === undefined ? (normalIpv4(name) ?? (isHostName(name) ? name : null)) : normalIpv6(match[1]);
  return host === null ? null : { host, port };
}

function isInside(host: string, record: string): boolean {
  const top = record.replace(/^\*\./, '');
  return host.endsWith(`.${top}`) || (host === top && top === record);
}

/** Not a host name: `key.1` is one, too. */
function isKeyName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label));
}

/** Node's own decoder skips what it does not understand; a mistyped secret would be another secret. */
function decodeBase64(text: string): Buffer | null {
  if (text === '' || text.length > 1_000 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return Buffer.from(text, 'base64');
}

function parseAlgorithm(text: string): Algorithm | null {
  const name = normalName(text);
  return name === 'hmac-sha256' || name === 'hmac-sha384' || name === 'hmac-sha512' ? name : null;
}

function shown(text = ''): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, 100));
}
