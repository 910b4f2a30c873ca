import type { ZoneRecord as Kept } from '../../providers/builtin/zone';
import type { Provider } from '../../providers/provider';
import { eventually, openWorld, putZone, type Transport, zoneOnDisk } from './builtin-world';
import { conformance, type Fault, type Subject, type ZoneRecord } from './conformance';

/** A thread has no status codes and no bodies: what can be lost between it and us are messages. */
const disturbances: Partial<Record<Fault, Transport>> = { hang: 'swallow', 'applied-then-lost': 'swallow-answers' };

conformance(
  'builtin',
  async (): Promise<Subject> => {
    const world = openWorld();
    const connected: Provider[] = [];
    const faults = Object.fromEntries(
      Object.entries(disturbances).map(([fault, how]) => [fault, () => world.disturb(how)]),
    );
    return {
      async connect() {
        const provider = await world.connect();
        connected.push(provider);
        return provider;
      },
      // There is no back door while it runs: the thread is killed, the documents are changed, and it comes back with them.
      async seed(records) {
        const given = records.flatMap(kept);
        const others = (await zoneOnDisk(world.directory)).filter(
          (old) => !given.some((one) => one.name === old.name && one.type === old.type),
        );
        const put = (): void =>
          putZone(world.directory, { name: 'example.test', serial: 1, records: [...others, ...given] });
        if (connected.length === 0) return put();
        const before = world.threads.length;
        world.kill(put);
        await eventually(async () => (world.threads.length > before ? true : null));
        for (const provider of connected) await eventually(() => readable(provider));
      },
      truth: () => zoneOnDisk(world.directory),
      faults,
      delayed: {
        hold: () => world.disturb('hold-writes'),
        deliver: world.deliver,
      },
      heal: () => world.disturb('sound'),
      secrets: [],
      writes: world.applied,
      close: world.close,
    };
  },
  'its own server',
);

async function readable(provider: Provider): Promise<true | null> {
  return (await provider.read(AbortSignal.timeout(5_000))).ok ? true : null;
}

const kinds: readonly Kept['type'][] = ['A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB', 'TXT'];

function kept({ name, type, ttl, values }: ZoneRecord): readonly Kept[] {
  const kind = kinds.find((one) => one === type);
  return kind === undefined ? [] : [{ name, type: kind, ttl, values }];
}
