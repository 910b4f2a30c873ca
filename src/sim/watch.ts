import type { Tell } from '../domain/events';
import { type RecordSet, sameValues } from '../domain/records';
import type { Observation, Policy } from '../domain/types';
import { calmFor, createEvidence, type Evidence, failStreak, mayBeDown, servesBy } from './evidence';
import { serverNames } from './network';
import type { Host } from './process';
import type { Request, Version, Zone } from './zone';

/** A promise broken: which, when, and what was seen. */
export interface Violation {
  readonly promise: string;
  readonly atMs: number;
  readonly why: string;
}

/** The promises, checked at everything that happens, against what the world itself saw. */
export interface Watch {
  readonly evaluations: () => number;
  readonly violations: readonly Violation[];
  started(host: number): void;
  probed(host: number, site: string, startedMs: number, observation: Observation): void;
  sent(request: Request): void;
  landed(version: Version, before: Version): void;
  told(host: number, tell: Tell): void;
  answered(host: number, server: string, sets: readonly RecordSet[]): void;
  ordered(host: number, order: string, site: string, untilMs: number | null): void;
  /** After any event. */
  now(): void;
  /** The host lost what its disk had said to be saved: its budget is not held to what it cannot know. */
  forgot(host: number): void;
  fail(promise: string, why: string): void;
}

export interface WatchInput {
  readonly policy: Policy;
  readonly zone: () => Zone;
  readonly hosts: () => readonly Host[];
  readonly nowMs: () => number;
  /** Whether a process handles nothing now. */
  readonly standsStill: (host: number) => boolean;
  readonly secret: string;
}

interface Seen {
  readonly evidence: Evidence;
  /** First departure of each automatic generation. */
  readonly automatic: { readonly generation: number; readonly atMs: number }[];
  readonly attempts: { readonly generation: number; readonly atMs: number }[];
  readonly answers: Map<string, { readonly atMs: number; readonly sets: readonly RecordSet[] }>;
  readonly decided: Set<number>;
  held: number | null;
  /** `asks`: a failback asks for a move, not for a stay. */
  pinned: { readonly site: string; readonly untilMs: number; readonly asks: boolean } | null;
  startedMs: number;
}

/** So many requests of one generation may leave in a minute: backoff from half a second, with chance. */
const mostPerMinute = 12;

export function createWatch(input: WatchInput): Watch {
  const { policy, nowMs } = input;
  const violations: Violation[] = [];
  const seen = new Map<number, Seen>();
  const writers = new Map<string, number>();
  let evaluations = 0;
  let newest = 0;

  function fail(promise: string, why: string): void {
    if (violations.length < 20) violations.push({ promise, atMs: nowMs(), why });
  }

  function check(promise: string, holds: boolean, why: () => string): void {
    evaluations += 1;
    if (!holds) fail(promise, why());
  }

  function of(host: number): Seen {
    let one = seen.get(host);
    if (one === undefined) {
      one = {
        evidence: createEvidence(),
        automatic: [],
        attempts: [],
        answers: new Map(),
        decided: new Set(),
        held: null,
        pinned: null,
        startedMs: 0,
      };
      seen.set(host, one);
    }
    return one;
  }

  const siteOf = (sets: readonly RecordSet[]): string | null =>
    policy.sites.find((site) => sameValues(site.sets, sets))?.name ?? null;
  const rank = (site: string): number => policy.sites.findIndex((one) => one.name === site);

  function sent(request: Request): void {
    const self = of(request.daemon);
    const { from, to, marker } = request;
    const target = siteOf(to);
    const home = siteOf(from.sets);
    check('S1', to.length > 0 && to.every((set) => set.values.length > 0), () => 'an empty set was sent');
    // A self-test repeats what stands there: its marker says who wrote the record last, whatever a hand put beside it since.
    const isTest = marker.tested !== undefined && home === target;
    check(
      'S4',
      target !== null && (isTest || target === marker.site),
      () => `${JSON.stringify(to)} is no configured site`,
    );
    check('S11', from.foreignMarker === null && from.obstacles.length === 0, () => 'sent over a foreign record');
    check('S11', from.marker === null || from.marker.owner === policy.owner, () => 'sent over another owner');
    check('S22', from.sets.length === 0 || home !== null, () => `sent over ${JSON.stringify(from.sets)}`);
    check('S1', from.sets.length > 0 || policy.create, () => 'created a record without permission');
    check('dry-run', !policy.dryRun, () => 'sent in a dry run');
    const durable = input.hosts()[request.daemon]?.saved() ?? null;
    check(
      'S19',
      isTest || self.decided.has(marker.generation),
      () => `generation ${marker.generation} was never decided aloud`,
    );
    check(
      'S19',
      durable === null || durable.issued >= marker.generation || diskBad(request.daemon),
      () => `generation ${marker.generation} left before it was saved (${durable?.issued})`,
    );
    self.attempts.push({ generation: marker.generation, atMs: nowMs() });
    const lately = self.attempts.filter((one) => one.generation === marker.generation && nowMs() - one.atMs < 60_000);
    check('S16', lately.length <= mostPerMinute, () => `${lately.length} requests of one generation in a minute`);
    if (self.attempts.length > 500) self.attempts.shift();
    const ordered = self.pinned !== null && self.pinned.site === target && self.pinned.untilMs > nowMs();
    if (target === null || home === null || target === home || ordered) return;
    automatic(self, request, home, target);
  }

  function diskBad(host: number): boolean {
    return input.hosts()[host]?.service()?.view().state.unsaved != null;
  }

  /** A request that moves the record without a human's word. */
  function automatic(self: Seen, request: Request, home: string, target: string): void {
    const now = request.justifiedMs;
    // What comes in at this very moment has not been heard yet.
    const heard = (site: string) => self.evidence.of(site).filter((probe) => probe.endedMs < now);
    const to = heard(target);
    const at = heard(home);
    const objection = servesBy(to, policy, now);
    check('S4', objection === null, () => `moved to ${target}, but ${objection}`);
    check('S13', self.held === null || self.held <= now, () => 'moved although a human holds');
    check(
      'S13',
      self.pinned === null || self.pinned.untilMs <= now,
      () => `moved away from the pin ${self.pinned?.site}`,
    );
    const isDown = mayBeDown(at, policy, now);
    const calm = calmFor(to, policy, now, policy.failbackAfterMs);
    const isFailback =
      rank(target) < rank(home) && policy.failback === 'auto' && calm && now - self.startedMs >= policy.failbackAfterMs;
    check('S5', isDown || isFailback, () => {
      const streak = failStreak(at);
      return `moved from ${home} to ${target} after ${streak.length} fails over ${now - (streak[0]?.startedMs ?? now)} ms, and it is no failback`;
    });
    if (!isFailback) check('S20', !commonCause(self), () => 'moved although every site failed in the same way');
    if (!self.automatic.some((one) => one.generation === request.marker.generation)) {
      self.automatic.push({ generation: request.marker.generation, atMs: now });
    }
    const { count, windowMs } = policy.maxSwitches;
    const spent = self.automatic.filter((one) => now - one.atMs < windowMs).length;
    check('S3', spent <= count, () => `${spent} automatic switches within ${windowMs} ms, ${count} are allowed`);
  }

  function commonCause(self: Seen): boolean {
    const streaks = policy.sites.map((site) => failStreak(self.evidence.of(site.name)));
    const last = streaks.map((streak) => streak.at(-1)?.class ?? null);
    return streaks.every((streak) => streak.length >= 2) && new Set(last).size === 1;
  }

  function landed(version: Version, before: Version): void {
    if (version.by === 'hand') {
      // Who takes the marker away takes the fence away: generations are counted anew from what is there.
      if (version.marker?.generation === before.marker?.generation) return;
      newest = version.marker?.generation ?? 0;
      writers.clear();
      return;
    }
    const { marker, daemon, sentMs } = version.by;
    check('S1', version.sets.length > 0 && siteOf(version.sets) !== null, () => 'the zone holds no whole site');
    // Without compare-and-swap a request that was under way before the newer one may still land: that is what the adapter says of itself.
    const excused = !input.zone().swaps && (before.by === 'hand' || sentMs <= before.atMs);
    const tests = marker.tested !== undefined && siteOf(before.sets) === siteOf(version.sets);
    const again = marker.generation === newest && (tests || siteOf(before.sets) === marker.site);
    check(
      'S2',
      marker.generation > newest || excused || again,
      () => `generation ${marker.generation} took effect after ${newest}`,
    );
    newest = Math.max(newest, marker.generation);
    const key = `${marker.owner} ${marker.generation}`;
    const first = writers.get(key) ?? daemon;
    if (marker.tested === undefined) writers.set(key, first);
    check(
      'S12',
      first === daemon || excused || marker.tested !== undefined,
      () => `generation ${marker.generation} was written by ${first} and ${daemon}`,
    );
    if (input.zone().swaps) {
      check(
        'S11',
        before.foreignMarker === null && before.obstacles.length === 0,
        () => 'a foreign record was written over',
      );
      check(
        'S11',
        before.marker === null || before.marker.owner === policy.owner,
        () => 'another owner was written over',
      );
      check('S22', before.sets.length === 0 || siteOf(before.sets) !== null, () => 'a foreign value was written over');
    }
  }

  function told(host: number, tell: Tell): void {
    const self = of(host);
    check('S18', !JSON.stringify(tell).includes(input.secret), () => `a secret was told: ${tell.code}`);
    const { generation } = tell.fields;
    if (tell.code === 'decided' && typeof generation === 'number') self.decided.add(generation);
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
      const told = (obstacle === null || obstacle.by in state.alerts) && (hold === null || 'held' in state.alerts);
      check('L3', told, () => `held by ${obstacle?.by ?? 'order'} without an alert`);
    }
  }

  return {
    evaluations: () => evaluations,
    violations,
    started(host) {
      const self = of(host);
      self.startedMs = nowMs();
      self.evidence.clear();
    },
    probed: (host, site, startedMs, observation) => of(host).evidence.add(site, startedMs, nowMs(), observation),
    sent,
    landed,
    told,
    answered: (host, server, sets) => void of(host).answers.set(server, { atMs: nowMs(), sets }),
    ordered(host, order, site, untilMs) {
      const self = of(host);
      const until = untilMs ?? Number.POSITIVE_INFINITY;
      if (order === 'hold') self.held = until;
      if (order === 'resume') {
        self.held = null;
        self.pinned = null;
      }
      if (order === 'switch' || order === 'drill' || order === 'failback')
        self.pinned = { site, untilMs: until, asks: order === 'failback' };
    },
    now,
    forgot(host) {
      const self = of(host);
      self.automatic.length = 0;
      self.held = null;
      self.pinned = null;
    },
    fail,
  };
}
