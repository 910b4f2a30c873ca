import type { FailureCode, Finding, Outcome, Proof, Provider, Reading, Replacement } from '../../providers/provider';
import { pointed } from '../domain/hints';
import { representative } from '../domain/parts';
import { sameValues } from '../domain/records';
import type { OutcomeCode } from '../domain/state';
import type { Part, Policy } from '../domain/types';

export interface Member {
  /** Held to its contract already (careful.ts): each part meets the deadline for itself. */
  readonly provider: Provider;
  readonly owned: boolean;
}

/** What was asked of one part with which result. */
interface Told {
  readonly provider: string;
  readonly outcome: Outcome;
}

/**
 * Two providers of one name as one. Both are read and written at once, each with its own compare-and-swap from what itself held; one that
 * is down does not stop the other. What their differences mean is the decision's to say (domain/parts.ts, domain/reading.ts).
 */
export function together(members: readonly Member[], policy: Policy, nowMs: () => number): Provider {
  const parts = members.map(({ provider, owned }) => ({ provider: resting(provider, nowMs), owned }));
  const names = parts.map(({ provider }) => provider.name);
  /** As each part last said it. */
  const proofs = new Map<string, Proof>();

  async function read(signal: AbortSignal): Promise<Reading> {
    const readings = await Promise.all(parts.map(({ provider }) => provider.read(signal)));
    const seen = parts.map(({ provider, owned }, index): Part => {
      const reading = readings[index];
      if (reading?.ok === true) proofs.set(provider.name, reading.proof);
      return {
        provider: provider.name,
        found: reading?.ok === true ? reading.found : null,
        why: reading?.ok === false ? `${reading.code}: ${reading.why}` : '',
        proof: proofs.get(provider.name) ?? 'dns',
        atomic: provider.guarantees.atomic,
        owned,
      };
    });
    const found = representative(seen, policy);
    const [proof = 'dns', ...more] = new Set(seen.map((part) => part.proof));
    if (found !== null) return { ok: true, found, proof, ...(more.length === 0 ? {} : { proofs: [proof, ...more] }) };
    return allFailed(seen, readings);
  }

  async function replace(replacement: Replacement, signal: AbortSignal): Promise<Outcome> {
    const seen = replacement.from.parts ?? [];
    const told = await Promise.all(
      parts.map(async ({ provider }): Promise<Told> => {
        const part = seen.find((one) => one.provider === provider.name);
        return { provider: provider.name, outcome: await replacePart(provider, part, replacement, signal) };
      }),
    );
    return combined(told);
  }

  return {
    name: names.join(', '),
    guarantees: {
      atomic: parts.every(({ provider }) => provider.guarantees.atomic),
      compareAndSwap: parts.every(({ provider }) => provider.guarantees.compareAndSwap),
      note: [
        'each provider for itself: for a moment one may answer the old set and the other the new',
        ...parts.map(({ provider }) => `${provider.name}: ${provider.guarantees.note}`),
      ].join('; '),
    },
    read,
    replace,
    async nameservers(signal) {
      const proven = parts.filter(({ provider }) => (proofs.get(provider.name) ?? 'dns') === 'dns');
      const lists = await Promise.all(proven.map(({ provider }) => provider.nameservers(signal)));
      if (lists.every((list) => list.length === 0)) return [];
      return [...new Set(lists.flatMap((list) => (list.length === 0 ? ['@'] : list)))];
    },
    async preflight(signal, thorough) {
      const findings = await Promise.all(parts.map(({ provider }) => provider.preflight(signal, thorough)));
      return findings.flatMap((list, index) =>
        list.map((finding): Finding => ({ ...finding, text: `${names[index]}: ${finding.text}` })),
      );
    },
    async close() {
      await Promise.all(parts.map(({ provider }) => provider.close()));
    },
  };
}

async function replacePart(
  provider: Provider,
  part: Part | undefined,
  { to, marker }: Replacement,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = part?.found ?? null;
  if (found === null) return { code: 'unavailable', why: `it could not be read: ${part?.why ?? 'no reading of it'}` };
  // The addresses are the same everywhere; what HTTPS and SVCB values say beside them is each provider's own.
  const wanted = pointed(to, found.sets);
  const sets = sameValues(wanted, found.sets) ? found.sets : wanted;
  const { owner, generation, site, tested } = found.marker ?? {};
  const marked = owner === marker.owner && generation === marker.generation && site === marker.site;
  if (marked && (marker.tested ?? tested) === tested && sameValues(found.sets, sets)) {
    return { code: 'applied', why: 'it held it already' };
  }
  return provider.replace({ from: found, to: sets, marker }, signal);
}

/** From the most to the least pressing of the sure refusals. */
const pressing = ['denied', 'unavailable', 'throttled', 'conflict'] as const;

/**
 * One outcome of two.
 *
 *   one      the other            together           because
 *   applied  applied              applied
 *   applied  a sure refusal       applied, behind    users of the one have moved; the rest is pointed again with the same generation
 *   applied  unknown              applied, behind    likewise: should it land late, it is the very generation that is wanted there. If a
 *                                                    newer one is decided first, that is written there too, which shuts this one out
 *   unknown  anything else        unknown            it may land yet, so it is fenced if it is not wanted any more
 *   refusal  another refusal      the more pressing  surely nothing was changed: denied, unavailable, throttled, conflict
 */
export function combined(told: readonly Told[]): Outcome {
  const failed = told.filter(({ outcome }) => outcome.code !== 'applied');
  const words = failed.map(({ provider, outcome }) => `${provider}: ${outcome.code}: ${outcome.why}`);
  const pause = Math.min(...failed.map(({ outcome }) => outcome.retryAfterMs ?? 0));
  const requestId = told.flatMap(({ outcome }) => outcome.requestId ?? []).join(', ');
  const more = {
    ...(failed.length > 0 && pause > 0 ? { retryAfterMs: pause } : {}),
    ...(requestId === '' ? {} : { requestId }),
  };
  if (failed.length === 0) return { code: 'applied', why: told.map(({ outcome }) => outcome.why).join('; '), ...more };
  if (failed.length < told.length) return { code: 'applied', why: words.join('; '), ...more, behind: words };
  const has = (code: OutcomeCode): boolean => failed.some(({ outcome }) => outcome.code === code);
  const code = has('unknown') ? 'unknown' : (pressing.find(has) ?? 'unknown');
  return { code, why: words.join('; '), ...more };
}

function allFailed(seen: readonly Part[], readings: readonly Reading[]): Reading {
  const failures = readings.filter((reading) => !reading.ok);
  const order: readonly FailureCode[] = ['denied', 'unavailable', 'unknown', 'throttled'];
  const code = order.find((one) => failures.some((failure) => failure.code === one)) ?? 'unknown';
  const pause = Math.min(...failures.map((failure) => failure.retryAfterMs ?? 0));
  const why = seen.map((part) => `${part.provider}: ${part.why}`).join('; ');
  return { ok: false, code, why, ...(pause > 0 ? { retryAfterMs: pause } : {}) };
}

const longestRestMs = 300_000;

/** A provider that asked for a pause is left alone until it is over, although the other one is tried meanwhile. */
function resting(provider: Provider, nowMs: () => number): Provider {
  let untilMs = Number.NEGATIVE_INFINITY;
  const rest = () => {
    const retryAfterMs = untilMs - nowMs();
    return retryAfterMs > 0 ? { code: 'throttled' as const, why: 'it asked for a pause', retryAfterMs } : null;
  };
  const noted = <T extends { readonly retryAfterMs?: number }>(answer: T): T => {
    if (answer.retryAfterMs !== undefined) untilMs = nowMs() + Math.min(answer.retryAfterMs, longestRestMs);
    return answer;
  };
  return {
    ...provider,
    async read(signal) {
      const pause = rest();
      if (pause !== null) return { ok: false, ...pause };
      const reading = await provider.read(signal);
      return reading.ok ? reading : noted(reading);
    },
    async replace(replacement, signal) {
      return rest() ?? noted(await provider.replace(replacement, signal));
    },
  };
}
