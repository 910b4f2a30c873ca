import { verifyPeriodMs } from '../control/beat';
import type { Tell } from '../domain/events';
import { markerName, type RecordSet, sameValues } from '../domain/records';
import type { Observation, Policy, Site } from '../domain/types';
import { createMinute, type Minute, mostQuestions, mostReads } from './effort';
import { createEvidence, type Evidence, failStreak } from './evidence';
import type { Judge, Violation } from './judge';
import { commonCause, judgeMove, type Mover, noticesMs, siteOf } from './moves';
import { serverNames } from './network';
import type { Host } from './process';
import { lacking } from './recorded';
import { createSilence, patienceMs, type Silence } from './silence';
import type { Request, Version, Zone } from './zone';

export type { Violation } from './judge';

/** The promises, checked at everything that happens, against what the world itself saw. */
export interface Watch {
  readonly violations: readonly Violation[];
  started(host: number): void;
  probed(host: number, site: string, startedMs: number, observation: Observation): void;
  /** This host was cut off from everything since then, and is no more. */
  lit(host: number, sinceMs: number): void;
  /** The process on this host reads the zone. */
  reads(host: number): void;
  /** A question of its leaves for a name server. */
  asked(host: number, address: string, name: string): void;
  sent(request: Request): void;
  landed(zone: number, version: Version, before: Version): void;
  told(host: number, tell: Tell): void;
  answered(host: number, server: string, sets: readonly RecordSet[]): void;
  ordered(host: number, order: string, site: string, untilMs: number | null): void;
  /** The settings are about to change: what left before may land after. */
  reloads(): void;
  /** After any event. */
  now(): void;
  /** The host lost what its disk had said to be saved: its budget is not held to what it cannot know. */
  forgot(host: number): void;
  /** How often the record's own sets were changed by a daemon, and how often it wrote anything but a self-test. */
  writes(): { readonly sets: number; readonly all: number };
  /** Every request that left, and when. */
  requests(): readonly string[];
  fail(promise: string, why: string): void;
}

export interface WatchInput {
  readonly policy: Policy;
  readonly judge: Judge;
  readonly zones: () => readonly Zone[];
  readonly hosts: () => readonly Host[];
  readonly nowMs: () => number;
  /** Whether a process handles nothing now. */
  readonly standsStill: (host: number) => boolean;
  /** Since when a host is cut off from everything that could answer it, and since when it knows that it is sick. */
  readonly darkSinceMs: (host: number) => number | null;
  readonly sickSinceMs: (host: number) => number | null;
  /** What the other vantages saw. */
  readonly peers: () => readonly Evidence[];
  /** Automatic switches of other records which this process began within the window. */
  readonly elsewhere: (host: number) => number;
  readonly secret: string;
}

interface Seen extends Mover {
  readonly attempts: { readonly generation: number; readonly atMs: number }[];
  readonly answers: Map<string, { readonly atMs: number; readonly sets: readonly RecordSet[] }>;
  /** Told with their reason; what the journal lacks to recompute each. */
  readonly decided: Map<number, string | null>;
  /** Generations that left for a site which a human had chosen. */
  readonly chosen: Set<number>;
  readonly read: Minute;
  readonly asked: Minute;
  readonly silence: Silence;
}

/** So many requests of one generation may leave for one provider in a minute: backoff from half a second, with chance. */
const mostPerMinute = 12;

export function createWatch(input: WatchInput): Watch {
  const { policy, nowMs, judge } = input;
  const { check } = judge;
  const seen = new Map<number, Seen>();
  const writers = new Map<string, number>();
  /** Of each zone. */
  const newest: number[] = [];
  /** When the record last got other values at each. */
  const moved: number[] = [];
  const counted = { sets: 0, all: 0 };
  const requests: string[] = [];
  const names = [policy.record, markerName(policy.record)];
  /** Sites of earlier settings. */
  const former: Site[] = [];

  function of(host: number): Seen {
    let one = seen.get(host);
    if (one === undefined) {
      one = {
        evidence: createEvidence(),
        automatic: [],
        landed: new Set(),
        attempts: [],
        answers: new Map(),
        decided: new Map(),
        chosen: new Set(),
        ordered: null,
        read: createMinute(),
        asked: createMinute(),
        silence: createSilence(policy),
        held: null,
        orderedMs: Number.NEGATIVE_INFINITY,
        pinned: null,
        startedMs: 0,
        commonMs: Number.NEGATIVE_INFINITY,
      };
      seen.set(host, one);
    }
    return one;
  }

  /** Whether nothing stands there but values of ours, as in the middle of a change that takes several calls. */
  function isMixture(sets: readonly RecordSet[], zone: number, sites: readonly Site[]): boolean {
    const ours = sites.flatMap((site) => site.sets.flatMap(({ values }) => values));
    const isAtomic = input.zones()[zone]?.atomic !== false;
    return !isAtomic && sets.length > 0 && sets.every(({ values }) => values.every((value) => ours.includes(value)));
  }

  function sent(request: Request): void {
    const self = of(request.daemon);
    const { from, to, marker, zone } = request;
    const target = siteOf(policy, to);
    const home = siteOf(policy, from.sets);
    const isTested = marker.tested === undefined ? '' : ' as a test';
    requests.push(`${nowMs()}: host ${request.daemon} sends generation ${marker.generation} to ${target}${isTested}`);
    check('S1', to.length > 0 && to.every((set) => set.values.length > 0), () => 'an empty set was sent');
    // A self-test repeats what stands there: its marker says who wrote the record last, whatever a hand put beside it since.
    const isTest = marker.tested !== undefined && home === target;
    check(
      'S4',
      target !== null && (isTest || target === marker.site),
      () => `${JSON.stringify(to)} is no configured site`,
    );
    check('S11', from.foreignMarker === null && from.obstacles.length === 0, () => 'sent over a foreign record');
    check('S11', from.marker === null || from.marker.owner === marker.owner, () => 'sent over another owner');
    check(
      'S22',
      from.sets.length === 0 || home !== null || isMixture(from.sets, zone, policy.sites),
      () => `sent over ${JSON.stringify(from.sets)}`,
    );
    const same = home !== target || JSON.stringify(from.sets) === JSON.stringify(to);
    check('S10', same, () => `wrote ${JSON.stringify(to)} over ${JSON.stringify(from.sets)}, which says the same`);
    const mayCreate = from.sets.length > 0 || policy.create;
    check('S1', mayCreate, () => 'created a record without permission');
    check('dry-run', !policy.dryRun, () => 'sent in a dry run');
    const durable = input.hosts()[request.daemon]?.saved() ?? null;
    check(
      'S19',
      isTest || self.decided.has(marker.generation),
      () => `generation ${marker.generation} was never decided aloud`,
    );
    const lacks = self.decided.get(marker.generation) ?? null;
    check('S19', isTest || lacks === null, () => `generation ${marker.generation} left, and ${lacks}`);
    self.silence.acted(nowMs());
    check(
      'S19',
      durable === null || durable.issued >= marker.generation || diskBad(request.daemon),
      () => `generation ${marker.generation} left before it was saved (${durable?.issued})`,
    );
    self.attempts.push({ generation: marker.generation, atMs: nowMs() });
    const lately = self.attempts.filter((one) => one.generation === marker.generation && nowMs() - one.atMs < 60_000);
    const most = mostPerMinute * input.zones().length;
    check('S16', lately.length <= most, () => `${lately.length} requests of one generation in a minute`);
    if (self.attempts.length > 500) self.attempts.shift();
    if (home !== target) counted.sets += 1;
    if (marker.tested === undefined) counted.all += 1;
    const ordered = self.pinned !== null && self.pinned.site === target && self.pinned.untilMs > request.justifiedMs;
    if (ordered && !isTest) self.chosen.add(marker.generation);
    if (target === null || from.sets.length === 0 || target === home || ordered) return;
    // A change that broke off is made good by what stood there before, too, whoever serves.
    if (home === null && target === lastWhole(zone)) return;
    judgeMove(judge, self, request, home, target, {
      policy: input.hosts()[request.daemon]?.policy ?? policy,
      peers: input.peers(),
      darkSinceMs: input.darkSinceMs(request.daemon),
      sickSinceMs: input.sickSinceMs(request.daemon),
      isRest: input.zones().some((other, index) => index !== zone && siteOf(policy, other.now().sets) === target),
    });
  }

  function lastWhole(zone: number): string | null {
    const { history = [] } = input.zones()[zone] ?? {};
    const whole = history.findLast(({ sets }) => siteOf(policy, sets) !== null);
    return whole === undefined ? null : siteOf(policy, whole.sets);
  }

  function diskBad(host: number): boolean {
    return input.hosts()[host]?.service()?.view().state.unsaved != null;
  }

  function landed(zone: number, version: Version, before: Version): void {
    if (!sameValues(version.sets, before.sets)) moved[zone] = nowMs();
    if (version.by === 'hand') {
      // Who takes the marker away takes the fence away: generations are counted anew from what is there.
      if (version.marker?.generation === before.marker?.generation) return;
      newest[zone] = version.marker?.generation ?? 0;
      writers.clear();
      return;
    }
    const { marker, daemon, asOfMs } = version.by;
    const self = of(daemon);
    // Where the marker goes first, a change that ends there has moved nobody.
    if (JSON.stringify(before.sets) !== JSON.stringify(version.sets)) self.landed.add(marker.generation);
    if (self.chosen.has(marker.generation)) self.ordered = marker.site;
    else if (self.automatic.some(({ generation }) => generation === marker.generation)) self.ordered = null;
    const swaps = input.zones()[zone]?.swaps === true;
    const sites = [...policy.sites, ...former];
    const whole = siteOf({ sites }, version.sets) !== null || isMixture(version.sets, zone, sites);
    // Where the marker goes first, there is still nothing beside it while a record is made.
    const begins = input.zones()[zone]?.atomic === false && before.sets.length === 0 && version.sets.length === 0;
    // A self-test leaves the sets as they stand, also what a hand has put there since its reading.
    const kept = marker.tested !== undefined && JSON.stringify(before.sets) === JSON.stringify(version.sets);
    check('S1', begins || kept || (version.sets.length > 0 && whole), () => 'the zone holds no whole site');
    // Without compare-and-swap a request that was under way before the newer one may still land: that is what the adapter says of itself.
    const excused = !swaps && (before.by === 'hand' || asOfMs <= before.atMs);
    const latest = newest[zone] ?? 0;
    const tests = marker.tested !== undefined && siteOf(policy, before.sets) === siteOf(policy, version.sets);
    const rest = input.zones()[zone]?.atomic === false && before.marker?.generation === marker.generation;
    // Two hosts of one owner: what a hand puts under a marker of the generation that the other is about to write looks half made to it.
    const mistaken = before.by === 'hand' && input.hosts().length > 1 && before.marker?.site === marker.site;
    const again =
      marker.generation === latest && (tests || rest || mistaken || siteOf(policy, before.sets) === marker.site);
    check(
      'S2',
      marker.generation > latest || excused || again,
      () => `generation ${marker.generation} took effect after ${latest}`,
    );
    newest[zone] = Math.max(latest, marker.generation);
    // At each provider: two hosts of one owner that know nothing of each other may each win at another of two. Where a change takes several
    // calls, one of them may finish what broke off under the other, to the same site.
    const finishes = mistaken || (rest && before.marker?.site === marker.site);
    const key = `${zone} ${marker.owner} ${marker.generation}`;
    const first = writers.get(key) ?? daemon;
    if (marker.tested === undefined) writers.set(key, first);
    check(
      'S12',
      first === daemon || excused || finishes || marker.tested !== undefined,
      () => `generation ${marker.generation} was written by ${first} and ${daemon}`,
    );
    if (!swaps) return;
    const free = before.foreignMarker === null && before.obstacles.length === 0;
    check('S11', free, () => 'a foreign record was written over');
    const ours = before.marker === null || before.marker.owner === marker.owner;
    check('S11', ours, () => 'another owner was written over');
    const known = before.sets.length === 0 || siteOf({ sites }, before.sets) !== null;
    check('S22', known, () => 'a foreign value was written over');
  }

  /** A disk that is full keeps no journal either. */
  function unrecorded(host: number, generation: number): string | null {
    const disk = input.hosts()[host];
    const issued = disk?.saved()?.issued ?? 0;
    return disk === undefined || issued < generation ? null : lacking(disk.journal(), generation, policy);
  }

  function told(host: number, tell: Tell): void {
    const self = of(host);
    check('S18', !JSON.stringify(tell).includes(input.secret), () => `a secret was told: ${tell.code}`);
    const { generation, kind } = tell.fields;
    self.silence.told(tell, nowMs());
    if (tell.code === 'alert') {
      const { remedy } = tell.fields;
      const isWhole = tell.text !== '' && typeof remedy === 'string' && remedy !== '';
      check('L3', isWhole, () => `alert ${tell.fields['alert']} without a cause or a remedy: ${tell.text}`);
    }
    if (tell.code === 'decided' && typeof generation === 'number')
      self.decided.set(generation, unrecorded(host, generation));
    if (tell.code === 'decided' && (kind === 'failover' || kind === 'failback')) {
      const others = input.elsewhere(host);
      const { switchCap, commonCauseMs } = policy;
      const what = `${others} other services switched within ${commonCauseMs} ms, the cap is ${switchCap}`;
      check('S20', others < switchCap, () => `decided although ${what}`);
    }
    if (tell.code === 'moved-by-hand' && typeof tell.fields['site'] === 'string') {
      self.pinned = { site: tell.fields['site'], untilMs: Number.POSITIVE_INFINITY, asks: false };
    }
    if (tell.code !== 'switched' && tell.code !== 'fenced') return;
    if (self.pinned?.asks === true) self.pinned = null;
    const active = input.hosts()[host]?.service()?.view().state.durable.active ?? null;
    const site = policy.sites.find((one) => one.name === active);
    for (const server of serverNames) {
      const answer = self.answers.get(server);
      check(
        'S9',
        site !== undefined && answer !== undefined && sameValues(answer.sets, site.sets),
        () => `${tell.code} to ${active}, but ${server} last answered ${JSON.stringify(answer?.sets ?? null)}`,
      );
    }
  }

  function now(): void {
    for (const host of input.hosts()) {
      const state = host.service()?.view().state;
      // Until the first event of a process, within a second, nothing is told yet.
      if (state === undefined || nowMs() - host.startedMs() < 2_000 || input.standsStill(host.index)) continue;
      const { hold, obstacle } = state.durable;
      const { tells } = of(host.index).silence;
      const told = (obstacle === null || tells(obstacle.by)) && (hold === null || tells('held'));
      check('L3', told, () => `held by ${obstacle?.by ?? 'order'} without an alert`);
    }
  }

  /** The active site fails every probe of this host, the record stays, and nobody says why (L3). */
  function probed(host: number, site: string, startedMs: number, observation: Observation): void {
    const self = of(host);
    const { evidence, silence } = self;
    evidence.add(site, startedMs, nowMs(), observation);
    if (commonCause(evidence, policy, nowMs())) self.commonMs = nowMs();
    silence.probed(site, startedMs, nowMs(), observation);
    if (observation.result !== 'fail' || policy.dryRun) return;
    const at = input.zones().map((zone) => zone.now());
    if (at.some(({ sets }) => siteOf(policy, sets) !== site)) return;
    const sinceMs = nowMs() - silence.ofMs(site, nowMs());
    // What others moved is seen with the next reading of the zone, which may show what was a while ago.
    const fairMs = Math.max(sinceMs, ...at.map((_, zone) => (moved[zone] ?? 0) + 2 * verifyPeriodMs));
    const votes = input.peers().filter((one) => (failStreak(one.of(site))[0]?.startedMs ?? nowMs()) <= fairMs).length;
    if (1 + votes < policy.quorum) return;
    const forMs = nowMs() - fairMs;
    check('L3', forMs <= patienceMs(policy), () => `${site} failed for ${forMs} ms, and nobody was told why it stays`);
  }

  return {
    violations: judge.violations,
    started(host) {
      const self = of(host);
      self.startedMs = nowMs();
      self.evidence.clear();
      self.commonMs = Number.NEGATIVE_INFINITY;
      self.silence.started(nowMs());
      self.read.clear();
      self.asked.clear();
    },
    probed,
    lit(host, sinceMs) {
      const self = of(host);
      if (nowMs() - Math.max(sinceMs, self.startedMs) > noticesMs(policy)) self.evidence.lit(nowMs());
    },
    reads(host) {
      const most = mostReads(policy);
      const count = of(host).read.add(nowMs());
      check('S16', count <= most, () => `${count} readings of the zone in a minute`);
    },
    asked(host, address, name) {
      const most = mostQuestions(policy);
      const count = of(host).asked.add(nowMs());
      check('S16', count <= most, () => `${count} questions to name servers in a minute`);
      const direct = serverNames.some((one) => one === address) && names.includes(name);
      check('S21', direct, () => `${address} was asked for ${name}`);
    },
    sent,
    landed,
    told,
    answered: (host, server, sets) => void of(host).answers.set(server, { atMs: nowMs(), sets }),
    ordered(host, order, site, untilMs) {
      const self = of(host);
      const until = untilMs ?? Number.POSITIVE_INFINITY;
      self.orderedMs = nowMs();
      if (order === 'hold') self.held = until;
      if (order === 'resume') {
        self.held = null;
        self.pinned = null;
      }
      if (order === 'switch' || order === 'drill' || order === 'failback')
        self.pinned = { site, untilMs: until, asks: order === 'failback' };
    },
    reloads: () => void former.push(...policy.sites),
    now,
    forgot(host) {
      const self = of(host);
      self.automatic.length = 0;
      self.held = null;
      self.pinned = null;
    },
    writes: () => ({ ...counted }),
    requests: () => requests,
    fail: judge.fail,
  };
}
