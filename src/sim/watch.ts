import { verifyPeriodMs } from '../control/beat';
import type { Tell } from '../domain/events';
import { markerName, type RecordSet, sameValues } from '../domain/records';
import type { Observation } from '../domain/types';
import { mostQuestions, mostReads } from './effort';
import { type Evidence, failStreak } from './evidence';
import type { Violation } from './judge';
import { createLandings, type LandingsInput } from './landings';
import { commonCause, judgeMove, noticesMs, siteOf } from './moves';
import { serverNames } from './network';
import { lacking } from './recorded';
import { createSeen } from './seen';
import { patienceMs } from './silence';
import type { Request, Version } from './zone';

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

export interface WatchInput extends Omit<LandingsInput, 'of'> {
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

/** So many requests of one generation may leave for one provider in a minute, and as many to test it: backoff from half a second, with chance. */
const mostPerMinute = 12;

export function createWatch(input: WatchInput): Watch {
  const { policy, nowMs, judge } = input;
  const { check } = judge;
  const of = createSeen(policy);
  const landings = createLandings({ ...input, of });
  const counted = { sets: 0, all: 0 };
  const requests: string[] = [];
  const names = [policy.record, markerName(policy.record)];

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
      from.sets.length === 0 || home !== null || landings.isMixture(from.sets, zone, policy.sites),
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
    const what = { generation: marker.generation, isTest: marker.tested !== undefined };
    self.attempts.push({ ...what, atMs: nowMs() });
    const lately = self.attempts.filter(
      ({ generation, isTest, atMs }) =>
        generation === what.generation && isTest === what.isTest && nowMs() - atMs < 60_000,
    );
    const most = mostPerMinute * input.zones().length;
    check('S16', lately.length <= most, () => `${lately.length} requests of one generation in a minute`);
    if (self.attempts.length > 500) self.attempts.shift();
    if (home !== target) counted.sets += 1;
    if (marker.tested === undefined) counted.all += 1;
    const ordered = self.pinned !== null && self.pinned.site === target && self.pinned.untilMs > request.justifiedMs;
    if (ordered && !isTest) self.chosen.add(marker.generation);
    if (target === null || from.sets.length === 0 || target === home || ordered) return;
    // A change that broke off is made good by what stood there before, too, whoever serves.
    if (home === null && target === landings.lastWhole(zone)) return;
    // What two providers hold moves as one: where one is behind, the move is judged by the other, which shows where the record is.
    const active = input.hosts()[request.daemon]?.service()?.view().state.durable.active ?? null;
    const leads = home === active ? [target] : [target, active];
    judgeMove(judge, self, request, home, target, {
      policy: input.hosts()[request.daemon]?.policy ?? policy,
      peers: input.peers(),
      darkSinceMs: input.darkSinceMs(request.daemon),
      sickSinceMs: input.sickSinceMs(request.daemon),
      isRest: input.zones().some((other, index) => index !== zone && leads.includes(siteOf(policy, other.now().sets))),
    });
  }

  /** Also of a process that ended in this very moment, between two requests that left together: what it knew is not known. */
  function diskBad(host: number): boolean {
    const service = input.hosts()[host]?.service() ?? null;
    return service === null || service.view().state.unsaved !== null;
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
      if (state !== undefined && state.unsaved === null) of(host.index).saved = null;
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
    const fairMs = Math.max(sinceMs, ...at.map((_, zone) => landings.movedMs(zone) + 2 * verifyPeriodMs));
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
      if (self.saved !== null) Object.assign(self, self.saved);
      self.saved = null;
      // How often the self-test failed is not saved: a new process begins anew.
      self.attempts.splice(0, self.attempts.length, ...self.attempts.filter(({ isTest }) => !isTest));
      // What a sick disk did not take is forgotten, and so is that it was spent.
      const issued = input.hosts()[host]?.saved()?.issued ?? 0;
      self.automatic.splice(0, self.automatic.length, ...self.automatic.filter((one) => one.generation <= issued));
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
    landed: landings.landed,
    told,
    answered: (host, server, sets) => void of(host).answers.set(server, { atMs: nowMs(), sets }),
    ordered(host, order, site, untilMs) {
      const self = of(host);
      const until = untilMs ?? Number.POSITIVE_INFINITY;
      self.orderedMs = nowMs();
      const { held, pinned } = self;
      const isUnsaved = (input.hosts()[host]?.service()?.view().state.unsaved ?? null) !== null;
      self.saved = isUnsaved ? (self.saved ?? { held, pinned }) : null;
      if (order === 'hold') self.held = until;
      if (order === 'resume') {
        self.held = null;
        self.pinned = null;
      }
      if (order === 'switch' || order === 'drill' || order === 'failback')
        self.pinned = { site, untilMs: until, asks: order === 'failback' };
    },
    reloads: landings.reloads,
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
