import type { Prober } from '../control/ports';
import type { Observation, Site } from '../domain/types';
import { believed, fail } from './attempt';
import type { Check, Expectations } from './check';
import type { ProbeContext } from './context';
import { type Deadline, startDeadline } from './deadline';
import { looksAtAddress, probeOnce, recordHost } from './once';

/** What one check showed, at one address where it looks at addresses. */
export interface CheckResult {
  readonly check: Check;
  readonly address: string | null;
  /** Whether the address came from resolving the site's host name, rather than from the configuration. */
  readonly resolved: boolean;
  readonly observation: Observation;
}

export interface ProberOptions {
  readonly context: ProbeContext;
  readonly record: string;
  /** By site name. */
  readonly checks: Readonly<Record<string, readonly Check[]>>;
  readonly expect: Expectations;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  /** Hides the secrets that an answer may repeat. */
  readonly redact?: (text: string) => string;
  /** Gets what the shadow checks of a round showed, some time after the round. */
  readonly shadow?: (site: Site, results: readonly CheckResult[]) => void;
}

export interface SiteProber extends Prober {
  /** Every check of the site, shadow checks too, each with its own result, in the order of the configuration. */
  probeSite(site: Site): Promise<readonly CheckResult[]>;
}

/** A prober for the sites of one service. Its rounds end within the timeout plus a hair; `close` ends those under way. */
export function createProber(options: ProberOptions): SiteProber {
  const running = new Set<Deadline>();
  let closed = false;

  const withDeadline = async <T>(run: (deadline: Deadline) => Promise<T>): Promise<T> => {
    const deadline = startDeadline(options.timeoutMs);
    running.add(deadline);
    if (closed) deadline.cancel();
    try {
      return await run(deadline);
    } finally {
      deadline.cancel();
      running.delete(deadline);
    }
  };
  const probesOf = async (site: Site, checks: readonly Check[], deadline: Deadline) => {
    const plan = await planOf(site, checks, options, deadline);
    return plan.map(async ({ check, address, resolved, ready }): Promise<CheckResult> => {
      const { record, expect, allowPrivate, context } = options;
      const question = { check, address, record, expect, allowPrivate, site: site.name };
      const observation = ready ?? (await probeOnce(question, context, deadline));
      return { check, address, resolved, observation: clean(believed(observation, context, deadline)) };
    });
  };
  const clean = (observation: Observation): Observation =>
    observation.result === 'pass'
      ? observation
      : { ...observation, why: options.redact?.(observation.why) ?? observation.why };
  const checksOf = (site: Site): readonly Check[] => options.checks[site.name] ?? [];

  return {
    async probe(site) {
      const shadows = checksOf(site).filter((check) => check.shadow);
      if (shadows.length > 0 && options.shadow !== undefined) {
        const { shadow } = options;
        void withDeadline(async (deadline) => {
          const results = await Promise.all(await probesOf(site, shadows, deadline));
          if (!closed) shadow(site, results);
        });
      }
      const counting = checksOf(site).filter((check) => !check.shadow);
      return withDeadline(async (deadline) => fold(await untilFirstFail(await probesOf(site, counting, deadline))));
    },
    async through() {
      const check = Object.values(options.checks)
        .flat()
        .find(({ shadow, kind }) => !shadow && kind !== 'exec');
      if (check === undefined) return { result: 'unknown', why: 'no check can go through the record' };
      const { record } = options;
      const client: Site = { name: 'through', sets: [{ type: 'CNAME', ttl: 0, values: [recordHost(record)] }] };
      return withDeadline(async (deadline) => {
        return fold(await untilFirstFail(await probesOf(client, [{ ...check, host: null }], deadline)));
      });
    },
    probeSite: (site) => withDeadline(async (deadline) => Promise.all(await probesOf(site, checksOf(site), deadline))),
    close() {
      closed = true;
      for (const deadline of running) deadline.cancel();
    },
  };
}

interface Planned {
  readonly check: Check;
  readonly address: string | null;
  readonly resolved: boolean;
  /** Set when there is nothing left to ask. */
  readonly ready: Observation | null;
}

/** Every check, at every address of the site if it looks at addresses. A site that is a host name is resolved first, once. */
async function planOf(
  site: Site,
  checks: readonly Check[],
  { context, allowPrivate }: ProberOptions,
  deadline: Deadline,
): Promise<readonly Planned[]> {
  const configured = site.sets.flatMap((set) => (set.type === 'CNAME' ? [] : set.values));
  const name = site.sets.find((set) => set.type === 'CNAME')?.values[0];
  const resolved = name !== undefined;
  const found =
    resolved && checks.some(looksAtAddress)
      ? await context.resolver.resolve(name, allowPrivate, deadline)
      : ({ result: 'found', addresses: configured } as const);
  return checks.flatMap((check): readonly Planned[] => {
    if (!looksAtAddress(check)) return [{ check, address: null, resolved, ready: null }];
    if (found.result === 'found') {
      return found.addresses.map((address) => ({ check, address, resolved, ready: null }));
    }
    const ready = found.result === 'fail' ? fail(deadline, found.class, found.why) : found;
    return [{ check, address: null, resolved, ready }];
  });
}

function untilFirstFail(probes: readonly Promise<CheckResult>[]): Promise<readonly CheckResult[]> {
  return new Promise((resolve) => {
    const results: CheckResult[] = [];
    if (probes.length === 0) resolve(results);
    for (const probe of probes) {
      void probe.then((result) => {
        results.push(result);
        if (result.observation.result === 'fail') resolve([result]);
        else if (results.length === probes.length) resolve(results);
      });
    }
  });
}

/**
 * One observation from all results of a round: a fail decides, else an unknown, else the slowest pass. Of a resolved host name,
 * addresses we cannot judge (a family we have no route for) count only if no other address of it passed.
 */
export function fold(results: readonly CheckResult[]): Observation {
  const counting = results.filter((result) => !spare(result, results));
  const decisive = firstOf(counting, 'fail') ?? firstOf(counting, 'unknown');
  if (decisive !== null) return decisive;
  const passes = counting.map(({ observation }) => observation).filter((observation) => observation.result === 'pass');
  if (passes.length === 0) return { result: 'unknown', why: 'no check counts for this site' };
  const latencyMs = Math.max(...passes.map((observation) => observation.latencyMs));
  const warning = passes.find((observation) => observation.warning !== undefined)?.warning;
  return warning === undefined ? { result: 'pass', latencyMs } : { result: 'pass', latencyMs, warning };
}

function spare({ check, resolved, observation }: CheckResult, results: readonly CheckResult[]): boolean {
  if (!resolved || observation.result !== 'unknown') return false;
  return results.some((other) => other.check === check && other.observation.result === 'pass');
}

function firstOf(results: readonly CheckResult[], wanted: 'fail' | 'unknown'): Observation | null {
  for (const { check, address, observation } of results) {
    if (observation.result === 'pass' || observation.result !== wanted) continue;
    const at = address === null ? '' : ` at ${address}`;
    return { ...observation, why: `${check.url}${at}: ${observation.why}` };
  }
  return null;
}
