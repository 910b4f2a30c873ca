import type { HonoRequest } from 'hono';

/**
 * Whether a page of another site made the browser send this.
 *
 * | Sec-Fetch-Site      | Origin               |                                                           |
 * | ------------------- | -------------------- | --------------------------------------------------------- |
 * | same-origin         | any                  | ours; a proxy in front may have changed Host              |
 * | cross-site, …       | any                  | foreign                                                   |
 * | none, or not sent   | not sent             | ours: the address bar, curl, the command line             |
 * | none, or not sent   | http(s)://the Host   | ours                                                      |
 * | none, or not sent   | anything else, null  | foreign                                                   |
 *
 * Sec-Fetch-Site cannot be set by a script (W3C Fetch Metadata §2.4); Origin goes with every POST (RFC 6454 §7, Fetch Standard; November 2026).
 */
export function isForeign(request: HonoRequest): boolean {
  const site = request.header('sec-fetch-site');
  if (site === 'same-origin') return false;
  if (site !== undefined && site !== 'none') return true;
  const origin = request.header('origin');
  if (origin === undefined) return false;
  const host = (request.header('host') ?? '').toLowerCase();
  return origin !== `http://${host}` && origin !== `https://${host}`;
}
