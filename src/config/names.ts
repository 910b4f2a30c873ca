import { addressKind } from '../domain/addresses';
import { markerName } from '../domain/records';
import { cutPort, joinPort, parseHost, parseName, parsePort } from './host';
import { bad, good, one, type Parser } from './parse';

/** The managed name in normal form: a host name, or `*.` and a host name. */
export const recordName: Parser<string> = one('a host name, `*.` first for a wildcard', (text) => {
  const wildcard = text.startsWith('*.');
  const bare = wildcard ? text.slice(2) : text;
  if (addressKind(bare) !== 'none') return bad('is an address, not a name', 'give the name that users look up');
  const parsed = parseName(bare);
  if (!parsed.ok) return parsed;
  const record = `${wildcard ? '*.' : ''}${parsed.value.text}`;
  if (record.startsWith('_failoverd.')) return bad('is where markers are kept', 'give the name that users look up');
  const marker = markerName(record).length;
  if (marker > 253)
    return bad(`is too long: its marker's name would have ${marker} of at most 253 characters`, 'shorten it');
  return good(record);
});

/** A zone's name (recognised by its dot, put in normal form), or the provider's own id of it. */
export const zoneName: Parser<string> = one('a zone name, or the provider’s zone id', (text) => {
  if (text.includes('.')) {
    const parsed = parseName(text);
    return parsed.ok ? good(parsed.value.text) : parsed;
  }
  return /^[A-Za-z0-9_/-]{1,64}$/.test(text)
    ? good(text)
    : bad('is neither a zone name nor a zone id', 'write it like example.com, or copy the id from the provider');
});

type Listen = 'off' | { readonly host: string; readonly port: number };

/** Where the HTTP API listens. Never a name: it may be reachable only through the very record that is broken. */
export const listenAddress: Parser<Listen> = one<Listen>(
  '`off`, or an IP address (or localhost) and a port',
  (text) => {
    if (text === 'off') return good('off');
    const { host, port: digits } = cutPort(text);
    const port = parsePort(digits ?? '');
    if (port === null) return bad('has no port from 1 to 65535', 'write it like 127.0.0.1:8053 or [::1]:8053, or off');
    if (host === 'localhost') return good({ host, port });
    if (host === '' || host === '*') return bad('names no address', `write 0.0.0.0:${port} to listen everywhere`);
    const parsed = parseHost(host);
    if (parsed.ok && parsed.value.type !== 'CNAME') return good({ host: parsed.value.text, port });
    return bad(
      `"${host}" is not an IP address: a name may lead through the record that is managed`,
      'listen on an IP address or on localhost',
    );
  },
);

/** A host name under which the API is reached, such as that of a proxy before it. */
export function apiHost(text: string): ReturnType<Parser<string>['parse']> {
  if (addressKind(text) !== 'none')
    return bad(`"${text}" is an address, and those are always answered`, 'leave it out');
  const parsed = parseName(text);
  return parsed.ok ? good(parsed.value.text) : parsed;
}

/** A name server as `ip:port`, port 53 unless given. */
export function nameserver(text: string): ReturnType<Parser<string>['parse']> {
  const { host, port: digits } = cutPort(text);
  const port = digits === null ? 53 : parsePort(digits);
  if (port === null)
    return bad(`"${text}" has no port from 1 to 65535`, 'write it like 192.0.2.53:53 or [2001:db8::53]:53');
  const parsed = parseHost(host);
  return parsed.ok && parsed.value.type !== 'CNAME'
    ? good(joinPort(parsed.value.text, port))
    : bad(`"${text}" is not an IP address`, 'name servers are asked by address: 192.0.2.53 or [2001:db8::53]:53');
}
