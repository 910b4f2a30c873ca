import { hintsOf, normalSvcb, parseSvcb, svcbKeyNumber, withHints } from '../../src/domain/svcb';

/**
 * An HTTPS or SVCB value as PowerDNS wants it: it refuses what it would itself write otherwise, and that differs between its versions
 * (`ech="…"` in quotes, `key7="…"` before it knew `dohpath`; tried on 4.7.3, 2026-11). So all but the hints is spelt as it stands in
 * `contents`, what the API told of the same record set.
 */
export function spelt(value: string, contents: readonly string[]): string {
  const model = contents.find((content) => withoutHints(content) === withoutHints(value)) ?? dotted(value);
  const hints = (parseSvcb(value)?.params ?? []).flatMap(([key, list]) => (isHint(key) ? [`${key}=${list}`] : []));
  const [priority = '', target = '', ...params] = model.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
  const others = params.filter((param) => !isHint(keyOf(param)));
  const all = [...others, ...hints].sort((left, right) => svcbKeyNumber(keyOf(left)) - svcbKeyNumber(keyOf(right)));
  return [priority, target, ...all].join(' ');
}

function withoutHints(value: string): string {
  return hintsOf(value).length === 0 ? (normalSvcb(value) ?? value) : withHints(value, { A: [], AAAA: [] });
}

/** A target with its last dot. */
function dotted(value: string): string {
  return value.replace(/^(\d+ )(\S*[^.\s])(?=\s|$)/, '$1$2.');
}

function keyOf(param: string): string {
  return (param.split('=')[0] ?? '').toLowerCase();
}

function isHint(key: string): boolean {
  return key === 'ipv4hint' || key === 'ipv6hint';
}
