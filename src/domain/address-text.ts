/** The spelling of addresses. */

/** An IPv4 address in dotted form, or null. Leading zeros, short forms and numbers are not addresses here. */
export function normalIpv4(text: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1);
  return parts.every((part) => String(Number(part)) === part && Number(part) <= 255) ? parts.join('.') : null;
}

/** An IPv6 address as RFC 5952 writes it, or null. Zone ids are refused: they mean nothing in DNS. */
export function normalIpv6(text: string): string | null {
  const groups = ipv6Groups(text.toLowerCase());
  if (groups === null) return null;
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

/** The eight 16-bit groups of an IPv6 address in any spelling, or null. */
export function ipv6Groups(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return null;
  const left = halfGroups(halves[0] ?? '', halves.length === 1);
  const right = halves.length === 2 ? halfGroups(halves[1] ?? '', true) : [];
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...left, ...new Array<number>(missing).fill(0), ...right];
}

/** Only the end of an address may be written as IPv4 (RFC 4291 section 2.2). */
function halfGroups(half: string, ends: boolean): number[] | null {
  if (half === '') return [];
  const parts = half.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const v4 = ends && index === parts.length - 1 && part.includes('.') ? normalIpv4(part) : null;
    if (v4 !== null) {
      const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}
