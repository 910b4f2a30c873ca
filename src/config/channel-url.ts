import { cutPort, parseHost, parsePort } from './host';
import { bad, good, type Parsed } from './parse';

export interface Place {
  readonly url: string;
  readonly host: string;
}

/** An https or smtp URL with a host, whose text no fault repeats. Without TLS only this very host may be reached. */
export function placeOf(text: string): Parsed<Place> {
  const [, scheme = '', authority = '', rest = ''] = /^([a-z]+):\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const mail = scheme === 'smtp' || scheme === 'smtps';
  if (at >= 0 && !mail) return bad('has a user name or password before its host', 'put its token into path or query');
  const { host: written, port } = cutPort(authority.slice(at + 1));
  if (port !== null && parsePort(port) === null) return bad('has a wrong port', 'give a port from 1 to 65535');
  const local = isLoopbackName(written);
  if (!local && !parseHost(written).ok) return bad('has no host that DNS knows', 'name the host: hooks.example.com');
  if (scheme === 'http' && !local) return bad('would be sent unencrypted', 'use https; http is for this very host');
  if (/[^\u0021-\u007e]/.test(rest)) return bad('has characters that no URL has', 'percent-encode them');
  if (!URL.canParse(text)) return bad('is no URL', 'copy it again, as the service shows it');
  return good({ url: text, host: written.toLowerCase().replace(/\.$/, '') });
}

export function isLoopbackName(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
