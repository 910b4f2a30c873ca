import { isConfigured } from './hints';
import { valuesKey } from './records';
import type { Durable } from './state';
import type { Found, Part, Policy } from './types';
import { siteNamed, siteWith, type View } from './view';

/** Two providers of one name: which of them speaks for the zone, and what the other's difference from it means. */

type Read = Part & { readonly found: Found };

function isRead(part: Part): part is Read {
  return part.found !== null;
}

/** Whether a reading forbids writing, whatever else there is. */
export function forbids(found: Found, owner: string, adopted: readonly string[] = []): boolean {
  return (
    found.obstacles.length > 0 ||
    found.foreignMarker !== null ||
    (found.marker !== null && found.marker.owner !== owner && !adopted.includes(`owner ${found.marker.owner}`))
  );
}

/**
 * What stands for all parts: one that forbids writing, else the newest of ours, whole before half made, records before none; null when
 * none could be read.
 */
export function representative(parts: readonly Part[], policy: Policy): Found | null {
  const read = parts.filter(isRead);
  const forbidding = read.find(({ found }) => forbids(found, policy.owner));
  if (forbidding !== undefined) {
    const { found, provider } = forbidding;
    return { ...found, obstacles: found.obstacles.map((why) => `${provider}: ${why}`), at: provider, parts };
  }
  const isWhole = ({ sets, marker }: Found): boolean => marker === null || siteWith(policy, sets)?.name === marker.site;
  const rank = ({ found }: Read): number =>
    4 * generationOf(found) + (isWhole(found) ? 2 : 0) + Math.min(1, found.sets.length);
  const [newest] = [...read].sort((left, right) => rank(right) - rank(left));
  return newest === undefined ? null : { ...newest.found, parts };
}

export interface Judged {
  /** Parts that do not hold yet what the zone should, for a reason we know: they may be written. */
  readonly behind: readonly string[];
  /** Two parts differ and we do not know why: nobody's values are overwritten. */
  readonly diverged: string | null;
  /** The newest part could not be read: this reading tells nothing of where the record points. */
  readonly lagging: boolean;
  /** Every part was read and is in line, at the site we believe active. */
  readonly inPlace: boolean;
}

/**
 * Every part that was read, against the newest. Where one could not be read, what we durably know stands for it unless a newer one was.
 *
 *   | a part                                                             | is                                    |
 *   |--------------------------------------------------------------------|---------------------------------------|
 *   | same site, same generation or no marker                            | in line                               |
 *   | same site, our marker of an older generation                       | behind: an old write is not shut out  |
 *   | no record, where we may create one                                 | behind                                |
 *   | our marker of an older generation, and the values of its own site  | behind: it missed a switch            |
 *   | the site from which an unsettled change of ours led, no marker     | behind: it missed our switch (a hand  |
 *   | of ours, or an older one                                           | had moved it there)                   |
 *   | changes break off there, one is under way, all values configured   | behind: a change of ours, half made   |
 *   | anything else                                                      | diverged: a hand, or another tool     |
 */
export function judge(view: View, found: Found, parts: readonly Part[]): Judged {
  const { durable } = view.state;
  const unread = parts.filter((part) => part.found === null).map(({ provider }) => provider);
  const known = siteNamed(view.policy, durable.active);
  const lagging = unread.length > 0 && known !== null && durable.generation >= generationOf(found);
  const newest: Newest = lagging
    ? { generation: durable.generation, sets: known.sets, who: `${unread.join(', ')}, not readable now, last` }
    : { generation: generationOf(found), sets: found.sets, who: speaker(parts, found) };
  const differing = parts.filter(isRead).filter((part) => !isInLine(view.policy, part.found, newest));
  const strange = differing.filter((part) => !isExplained(view, part, newest));
  const text = (part: Read): string => `${part.provider} holds ${described(part.found)}`;
  return {
    behind: differing.map(text),
    diverged:
      strange.length === 0
        ? null
        : `${strange.map(text).join('; ')} while ${newest.who} holds ${valuesOf(newest.sets)}`,
    lagging,
    inPlace:
      unread.length === 0 && differing.length === 0 && siteWith(view.policy, newest.sets)?.name === durable.active,
  };
}

interface Newest extends Pick<Found, 'sets'> {
  readonly generation: number;
  readonly who: string;
}

function generationOf({ marker }: Found): number {
  return marker?.generation ?? 0;
}

function speaker(parts: readonly Part[], { sets, marker }: Found): string {
  return parts.find((part) => part.found?.sets === sets && part.found.marker === marker)?.provider ?? 'the other';
}

function valuesOf(sets: Found['sets']): string {
  return valuesKey(sets) || 'no record';
}

function described(found: Found): string {
  return `${valuesOf(found.sets)}${found.marker === null ? '' : ` at generation ${found.marker.generation}`}`;
}

function holdsSame(policy: Policy, left: Found['sets'], right: Found['sets']): boolean {
  const site = siteWith(policy, left);
  return valuesKey(left) === valuesKey(right) || (site !== null && site.name === siteWith(policy, right)?.name);
}

function isInLine(policy: Policy, found: Found, newest: Newest): boolean {
  const old = found.marker !== null && found.marker.generation < newest.generation;
  return !old && holdsSame(policy, found.sets, newest.sets);
}

function isExplained({ state: { durable }, policy }: View, part: Read, newest: Newest): boolean {
  const { sets, marker } = part.found;
  const { change, switches } = durable;
  if (sets.length === 0) return policy.create || part.owned;
  if (holdsSame(policy, sets, newest.sets)) return true;
  const site = siteWith(policy, sets)?.name ?? null;
  const isMissed = missed(durable, site, newest.generation);
  if (marker === null) return isMissed;
  if (marker.generation < newest.generation && (site === marker.site || isMissed)) return true;
  const verified = switches.findLast((one) => one.verifiedMs !== null)?.generation ?? 0;
  return !part.atomic && change !== null && marker.generation > verified && isConfigured(policy.sites, sets);
}

/** Whether an unsettled change of ours led away from this site: what still holds it was not reached. */
function missed(
  { change, switches, generation, issued, active }: Durable,
  site: string | null,
  newest: number,
): boolean {
  const settled = switches.findLastIndex((one) => one.verifiedMs !== null);
  const open = switches.slice(settled + 1);
  const left = [change, ...open].map((one) => one?.from ?? null);
  const unsettled = change !== null || open.some((one) => one.generation === newest);
  const ours = newest > generation && newest <= issued;
  return site !== null && ((unsettled && left.includes(site)) || (ours && site === active));
}
