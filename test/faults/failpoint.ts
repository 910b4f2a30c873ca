import type { Ports } from '../../src/control/ports';
import * as service from '../../src/control/service';

/**
 * Failpoints: a daemon started with `node --require dist/test/faults/failpoint.js` and FAILPOINT=<step> ends itself with SIGKILL, or with
 * FAILPOINT_SIGNAL=SIGSTOP stops, when its first failover has taken that step. All of it stands here, between control and its ports: what
 * is published has no failpoint.
 *
 *   | step      | the process ends                                                                          |
 *   |-----------|-------------------------------------------------------------------------------------------|
 *   | `decide`  | when it has decided, before the intent is saved                                           |
 *   | `intent`  | when the intent with its new generation is on disk                                        |
 *   | `fence`   | when the zone was read: the generation to be compared with is in hand                     |
 *   | `recheck` | when the change was justified once more and is saved as being sent; no byte has left      |
 *   | `ack`     | when the provider has said that it took the change; that is not saved yet                 |
 *   | `applied` | when that is on disk; the provider's servers follow, and none was asked yet               |
 *   | `verify`  | when every authoritative server was asked; what they said is not saved yet                |
 *   | `commit`  | when the end of the change is on disk; nobody was told                                    |
 *   | `notify`  | when it was told                                                                          |
 */
export const steps = ['decide', 'intent', 'fence', 'recheck', 'ack', 'applied', 'verify', 'commit', 'notify'] as const;
export type Step = (typeof steps)[number];
type Signal = 'SIGKILL' | 'SIGSTOP';

/** What a daemon needs in its environment to end at a step. */
export function failpoint(step: Step, signal: Signal = 'SIGKILL'): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--require=${__filename}`, FAILPOINT: step, FAILPOINT_SIGNAL: signal };
}

function failing(ports: Ports, step: Step, signal: Signal): Ports {
  let generation: number | null = null;
  let applied = false;
  let done = false;
  const reached = (at: Step): void => {
    if (at !== step || done) return;
    done = true;
    process.kill(process.pid, signal);
  };
  /** Passes on what came of a call, if the process lives to do so. */
  const then = async <T>(work: Promise<T>, at: Step): Promise<T> => {
    const result = await work;
    if (generation !== null) reached(at);
    return result;
  };
  return {
    ...ports,
    store: {
      ...ports.store,
      commit(record, clockMs, durable, lines) {
        const before = generation;
        generation = durable.change?.kind === 'failover' ? durable.change.generation : null;
        const isNew = generation !== null && generation !== before;
        if (isNew) reached('decide');
        const saved = ports.store.commit(record, clockMs, durable, lines);
        if (isNew) reached('intent');
        if (generation !== null && durable.change?.phase === 'applied' && !applied) reached('applied');
        applied = durable.change?.phase === 'applied';
        if (before !== null && durable.change === null) reached('commit');
        return saved;
      },
    },
    provider: {
      ...ports.provider,
      read: (signal) => then(ports.provider.read(signal), 'fence'),
      replace(replacement, signal) {
        if (generation !== null) reached('recheck');
        return then(ports.provider.replace(replacement, signal), 'ack');
      },
    },
    verifier: { verify: (site, signal) => then(ports.verifier.verify(site, signal), 'verify') },
    teller: {
      ...ports.teller,
      tell(record, tell) {
        ports.teller.tell(record, tell);
        if (tell.code === 'switched' && tell.fields['kind'] === 'failover') reached('notify');
      },
    },
  };
}

const { FAILPOINT: asked, FAILPOINT_SIGNAL: how } = process.env;
const step = steps.find((one) => one === asked);
if (step !== undefined) {
  const { createService } = service;
  Object.assign(service, {
    createService: (...[policy, ports]: Parameters<typeof createService>) =>
      createService(policy, failing(ports, step, how === 'SIGSTOP' ? how : 'SIGKILL')),
  });
}
