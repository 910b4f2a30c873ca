import type { Finding } from '../../providers/provider';
import type { Marker } from '../domain/records';
import { pauseMs, requestsMs, retestCapMs, showsWithinMs, type TestStep, untestable } from '../domain/selftest';
import type { Found } from '../domain/types';
import { siteWith } from '../domain/view';
import { backoffMs } from './backoff';
import type { Beat } from './beat';
import { missingAt, stamp, unreadBack } from './marked';
import type { Pursuer } from './point';
import type { Event, Ports } from './ports';
import { pause, within } from './within';

export interface Selftesting {
  /** Something happened: begin when it is time, and give way at once when something else comes first. */
  look(): void;
  stop(): void;
}

const firstWithinMs = 10_000;
const retestMs = 10_000;
const putOffMs = 5_000;
const replaceDeadlineMs = 10_000;
const askAgainMs = 500;
const askAgainCapMs = 10_000;
/** A conflict: somebody wrote since our reading. More in a row are no chance; of four tests a minute at most, twelve requests leave. */
const rounds = 3;

type Tested = Pick<Extract<Event, { type: 'tested' }>, 'result' | 'step' | 'why' | 'certain'>;
/** Null: it gave way, or the zone was not as known; nothing is learnt. */
type Verdict = Tested | null;

/**
 * Proves the write path while nothing is wrong: preflight, read, rewrite our own marker, see it on every authoritative server. The sets of
 * the record are not touched: they are written as they were found (providers/provider.ts, rule 9).
 *
 * A change never waits for it. It gives way when the active site first fails a probe, SUSTAIN before any decision; what it had sent may
 * still land, and carries the generation that stood there, so it is refused once a newer one stands there. Where the provider cannot compare
 * and swap it may put an older marker beside the newer values; the next test, which is then due at once, puts that right.
 */
export function createSelftesting(
  service: Pursuer,
  ports: Pick<Ports, 'clock' | 'random' | 'provider' | 'marks' | 'testTurnMs'>,
  beat: Pick<Beat, 'proofs' | 'claimsKnown'>,
  busy: () => boolean,
): Selftesting {
  const { selftest } = service.policy;
  let dueMs: number | null = null;
  let restMs = 0;
  let hasTurn = false;
  let running: AbortController | null = null;
  let stopped = false;

  function waits(): boolean {
    return untestable(service.view()) !== null || busy();
  }

  function look(): void {
    if (selftest === null || stopped) return;
    if (running !== null) {
      if (waits()) running.abort();
      return;
    }
    const nowMs = ports.clock.nowMs();
    const { state } = service.view();
    // The first of a process comes soon: nobody knows what its predecessor could write.
    dueMs ??= nowMs + ports.random() * firstWithinMs;
    const due = nowMs >= dueMs || (state.selftest?.stale === true && state.selftest.result !== 'failed');
    if (!due || nowMs < restMs || waits()) return;
    restMs = hasTurn ? nowMs : nowMs + ports.testTurnMs();
    hasTurn = restMs > nowMs;
    if (!hasTurn) void run();
  }

  async function run(): Promise<void> {
    if (selftest === null) return;
    const abort = new AbortController();
    running = abort;
    const startedMs = ports.clock.nowMs();
    const learnt: Finding[] = [];
    const verdict = await prove(abort.signal, learnt);
    running = null;
    const nowMs = ports.clock.nowMs();
    if (stopped) return;
    restMs = nowMs + putOffMs;
    if (verdict === null || abort.signal.aborted) {
      dueMs = nowMs + putOffMs * (1 + ports.random());
      return;
    }
    const credentials = credentialsIn(learnt);
    const known = verdict.step === 'preflight' && credentials.length === 0 ? null : credentials;
    service.post({ type: 'tested', ...verdict, tookMs: nowMs - startedMs, credentials: known });
    const fails = service.view().state.selftest?.fails ?? 0;
    dueMs =
      nowMs + (fails > 0 ? backoffMs(fails, ports.random, retestMs, retestCapMs) : pauseMs(selftest, ports.random()));
  }

  function credentialsIn(findings: readonly Finding[]): readonly { readonly text: string; readonly leftMs: number }[] {
    const wallMs = ports.clock.wallMs();
    return findings.flatMap(({ text, expiresAtMs }) =>
      expiresAtMs === undefined ? [] : [{ text, leftMs: expiresAtMs - wallMs }],
    );
  }

  async function prove(signal: AbortSignal, learnt: Finding[]): Promise<Verdict> {
    const written = await within(ports.clock, requestsMs, [signal], async (limit): Promise<Verdict | Marker> => {
      learnt.push(...(await ports.provider.preflight(limit)));
      if (gaveWay()) return null;
      const errors = learnt.filter(({ level }) => level === 'error');
      if (errors.length > 0) return failed('preflight', errors.map(({ text }) => text).join('; '));
      for (let round = 1; ; round++) {
        const outcome = await rewrite(limit);
        if (outcome !== 'conflict') return outcome;
        if (round === rounds) return failed('write', `conflict: somebody else wrote ${rounds} times meanwhile`);
        await pause(ports.clock, backoffMs(round, ports.random, askAgainMs, askAgainCapMs), limit);
      }
    });
    if (written === null || 'result' in written) return written;
    return shown(written, signal);
  }

  async function rewrite(signal: AbortSignal): Promise<Verdict | Marker | 'conflict'> {
    const reading = await ports.provider.read(signal);
    if (gaveWay()) return null;
    if (!reading.ok) return failed('read', `${reading.code}: ${reading.why}`, reading.code === 'denied');
    service.post({ type: 'found', found: reading.found });
    const marker = nextMarker(reading.found);
    // In the same breath as the request leaves. A reading from before our newest write is nothing to write from.
    if (marker === null || waits() || gaveWay()) return null;
    const replacement = { from: reading.found, to: reading.found.sets, marker };
    const outcome = await within(ports.clock, replaceDeadlineMs, [signal], (limit) =>
      ports.provider.replace(replacement, limit),
    );
    if (gaveWay()) return null;
    if (outcome.code === 'unknown' && (await stands(marker, signal))) return marker;
    if (gaveWay()) return null;
    if (outcome.code === 'conflict') return 'conflict';
    const behind = outcome.behind ?? [];
    if (outcome.code === 'applied' && behind.length === 0) return marker;
    if (outcome.code === 'applied') return failed('write', behind.join('; '));
    return failed('write', `${outcome.code}: ${outcome.why}`, outcome.code === 'denied');
  }

  /** Some providers confirm late, or not at all: what stands there now says more than their silence. */
  async function stands(marker: Marker, signal: AbortSignal): Promise<boolean> {
    for (let round = 1; round <= rounds && !signal.aborted; round++) {
      if (unreadBack(await ports.provider.read(signal), marker, () => true).length === 0) return true;
      await pause(ports.clock, backoffMs(round, ports.random, askAgainMs, askAgainCapMs), signal);
    }
    return false;
  }

  /** Ours as it stands there, with the new time; where it is older than the change it stands beside, as that change wrote it. */
  function nextMarker({ marker, sets, parts = [] }: Found): Marker | null {
    const { policy } = service;
    const { active, generation } = service.view().state.durable;
    const site = siteWith(policy, sets)?.name;
    if (site === undefined || site !== active || (marker !== null && marker.owner !== policy.owner)) return null;
    // A test moves nobody: of two providers, both must lead there already.
    const isApart = parts.some(({ found }) => found !== null && siteWith(policy, found.sets)?.name !== site);
    // Our first marker claims the record: not before it is known that nobody else does.
    if (isApart || (marker === null && !beat.claimsKnown())) return null;
    const kept =
      marker !== null && marker.generation >= generation ? marker : { owner: policy.owner, generation, site };
    return { ...kept, tested: stamp(ports.clock.wallMs(), marker?.tested) };
  }

  /** Asked again until all show it, as long as the provider may take to publish a change. */
  async function shown(marker: Marker, signal: AbortSignal): Promise<Verdict> {
    const limitMs = showsWithinMs(selftest?.settleMs ?? 0);
    return within(ports.clock, limitMs, [signal], async (limit) => {
      let missing: readonly string[] = ['no server has answered'];
      for (let round = 1; !limit.aborted; round++) {
        const seen = await missingAt(marker, beat.proofs(), ports, limit);
        if (seen.length === 0) return { result: 'ok', step: null, why: '', certain: true };
        if (!limit.aborted) missing = seen;
        await pause(ports.clock, backoffMs(round, ports.random, askAgainMs, askAgainCapMs), limit);
      }
      return gaveWay() ? null : failed('servers', missing.join('; '), true);
    });
  }

  /** Also when it is over: whoever aborted it has taken its place. */
  function gaveWay(): boolean {
    return running === null || running.signal.aborted;
  }

  return {
    look,
    stop() {
      stopped = true;
      running?.abort();
    },
  };
}

function failed(step: TestStep, why: string, certain = false): Tested {
  return { result: 'failed', step, why, certain };
}
