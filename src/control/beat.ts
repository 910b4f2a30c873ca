import type { Proof } from '../../providers/provider';
import { siteNamed } from '../domain/view';
import { backoffMs } from './backoff';
import type { Pursuer } from './point';
import type { FindClaims, Ports } from './ports';
import type { Verifying } from './verify';
import { within } from './within';

/** Drift is seen within one of these (S22). */
export const verifyPeriodMs = 60_000;
const deadlineMs = 5_000;
const firstRetryMs = 1_000;
/** Every so many beats the marks of other tools are asked for. */
const claimBeats = 10;
const nobody = { ok: true, claims: [] } as const;

export interface Beat {
  start(): void;
  /** How the last good reading said a change must be proven; several where two providers differ in that. */
  proofs(): readonly Proof[];
  /** Whether the marks of other tools were asked for with success since the start. */
  claimsKnown(): boolean;
  /** Reads now. */
  now(): void;
  stop(): void;
}

/** Reads the zone at the start, until it can, and then on a slow beat; compares the servers with it while nothing is under way. */
export function createBeat(
  service: Pursuer,
  ports: Pick<Ports, 'clock' | 'random' | 'provider' | 'claims'>,
  verifying: () => Pick<Verifying, 'compare'>,
  busy: () => boolean,
): Beat {
  let cancel = (): void => undefined;
  let proofs: readonly Proof[] = ['dns'];
  let failures = 0;
  let unaskedFor = claimBeats;
  let latest = 0;
  let asked = false;
  const abort = new AbortController();

  async function beat(): Promise<void> {
    latest += 1;
    const own = latest;
    if (!busy()) await read();
    // Read again meanwhile: that beat goes on, not this one.
    if (abort.signal.aborted || own !== latest) return;
    const waitMs = failures > 0 ? backoffMs(failures, ports.random, firstRetryMs, verifyPeriodMs) : periodMs();
    cancel = ports.clock.after(waitMs, () => void beat());
  }

  function periodMs(): number {
    return verifyPeriodMs * (0.9 + 0.1 * ports.random());
  }

  async function read(): Promise<void> {
    const isFirst = !service.view().state.read;
    const reading = await within(ports.clock, deadlineMs, [abort.signal], (signal) => ports.provider.read(signal));
    if (abort.signal.aborted || busy()) return;
    if (!reading.ok) {
      failures += 1;
      const { code, why, retryAfterMs = null } = reading;
      service.post({ type: 'read-failed', code, why, generation: null, retryAfterMs });
      return;
    }
    failures = 0;
    proofs = reading.proofs ?? [reading.proof];
    // Whose the record is comes before what it holds, once; later a slow answer must not make a reading old.
    if (isFirst) await claims();
    if (abort.signal.aborted || busy()) return;
    service.post({ type: 'found', found: reading.found });
    if (!isFirst) await claims();
    if (abort.signal.aborted) return;
    const { change, active, obstacle, generation } = service.view().state.durable;
    const site = siteNamed(service.policy, active);
    if (change === null && obstacle === null && site !== null) await verifying().compare(site, generation);
  }

  /** At first contact, until they are known, and then now and then: others' tools change slowly. */
  async function claims(): Promise<void> {
    unaskedFor += 1;
    if (unaskedFor < claimBeats) return;
    // Where there is no zone (a load balancer) nobody can leave a mark in it.
    const find: FindClaims = proofs.every((proof) => proof === 'read') ? async () => nobody : ports.claims;
    const found = await within(ports.clock, deadlineMs, [abort.signal], find);
    if (!found.ok || abort.signal.aborted) return;
    unaskedFor = 0;
    asked = true;
    service.post({ type: 'claimed', claims: found.claims });
  }

  return {
    now() {
      cancel();
      void beat();
    },
    start: () => void beat(),
    proofs: () => proofs,
    claimsKnown: () => asked,
    stop() {
      abort.abort();
      cancel();
    },
  };
}
