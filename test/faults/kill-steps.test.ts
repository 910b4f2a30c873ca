import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Daemon, openWorld, ready, record, until, type World } from '../live/harness';
import { zoneServer } from '../live/zone-server';
import { openReceiver, type Receiver, textAt } from '../notify/receiver';
import { type Route53Fake, startRoute53Fake } from '../providers/route53-fake';
import { canaries } from '../providers/route53-subject';
import { failpoint, type Step, steps } from './failpoint';

/** The real daemon, ended with SIGKILL at each step of a failover, and started again. */

/** `sent`: the request has left; whether it is carried out nobody knows. Only the provider sees that moment. */
type Moment = Step | 'sent, and lost' | 'sent, and carried out';

interface Row {
  readonly number: number;
  readonly killed: Moment;
  /** Whether the change is in the zone when the process has ended. */
  readonly landed: boolean;
  /** In which generation the record is at b in the end: one more, if the first intent was dropped. */
  readonly generation: number;
}

const rows: readonly Row[] = [
  { number: 1, killed: 'decide', landed: false, generation: 1 },
  { number: 2, killed: 'intent', landed: false, generation: 2 },
  { number: 3, killed: 'fence', landed: false, generation: 2 },
  { number: 4, killed: 'recheck', landed: false, generation: 2 },
  { number: 5, killed: 'sent, and lost', landed: false, generation: 2 },
  { number: 5, killed: 'sent, and carried out', landed: true, generation: 1 },
  { number: 6, killed: 'ack', landed: true, generation: 1 },
  { number: 7, killed: 'applied', landed: true, generation: 1 },
  { number: 8, killed: 'verify', landed: true, generation: 1 },
  { number: 9, killed: 'commit', landed: true, generation: 1 },
  { number: 10, killed: 'notify', landed: true, generation: 1 },
];

interface Scene {
  readonly world: World;
  readonly cloud: Route53Fake;
  /** What the managed name held, each value once for as long as it stood. */
  readonly way: readonly string[];
  /** Takes the notifications. */
  readonly receiver: Receiver;
  start(more?: Readonly<Record<string, string>>): Daemon;
}

const zoneId = 'Z0EXAMPLE';
const markerName = `_failoverd.${record}`;

/** Route 53, a name server that shows its zone, two sites, the record at the first. */
async function open(net: number, closing: (() => Promise<void>)[]): Promise<Scene> {
  const cloud = await startRoute53Fake();
  closing.push(cloud.close);
  cloud.addZone({ id: zoneId, name: 'example.test' });
  const servers = await zoneServer(() => cloud.truth(zoneId));
  closing.push(servers.close);
  const receiver = await openReceiver();
  closing.push(receiver.close);
  const world = await openWorld(net);
  closing.push(world.close);
  cloud.seed(zoneId, [{ name: record, type: 'A', ttl: 1, values: [world.sites[0]?.address ?? ''] }]);
  const way: string[] = [];
  const look = setInterval(() => {
    const values = valuesOf(cloud, record, 'A').join(' ');
    if (values !== way.at(-1)) way.push(values);
  }, 5);
  closing.push(async () => clearInterval(look));
  const env = {
    FAILOVERD_PROVIDER: 'route53',
    FAILOVERD_ZONE: 'example.test',
    FAILOVERD_NAMESERVERS: `127.0.0.1:${servers.port}`,
    AWS_ENDPOINT_URL_ROUTE_53: cloud.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    FAILOVERD_NOTIFY: `webhook+${receiver.url}/hook`,
    ...canaries,
  };
  return { world, cloud, way, receiver, start: (more = {}) => world.start({ ...env, ...more }) };
}

function valuesOf(cloud: Route53Fake, name: string, type: string): readonly string[] {
  return cloud.truth(zoneId).find((one) => one.name === name && one.type === type)?.values ?? [];
}

/** Starts the daemon, fails the primary, and lets the daemon end at that moment of the failover. */
async function killedAt(scene: Scene, killed: Moment): Promise<void> {
  const { world, cloud } = scene;
  const step = steps.find((one) => one === killed);
  const daemon = scene.start(step === undefined ? {} : failpoint(step));
  if (step === undefined) {
    cloud.permit((request) => {
      if (request.operation !== 'ChangeResourceRecordSets') return true;
      daemon.signal('SIGKILL');
      // Whatever is answered, nobody hears it.
      return killed !== 'sent, and lost';
    });
  }
  expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
  expect(cloud.writes()).toBe(0);
  await world.sites[0]?.say('sick');
  let ended: number | NodeJS.Signals | null = null;
  void daemon.exited.then((how) => {
    ended = how;
  });
  expect(await until(30_000, () => ended === 'SIGKILL')).toBe(true);
  cloud.permit(() => true);
}

function story(name: string, net: number, tell: (scene: Scene) => Promise<void>): void {
  test.concurrent(name, async () => {
    const closing: (() => Promise<void>)[] = [];
    try {
      await tell(await open(net, closing));
    } finally {
      for (const close of closing.reverse()) await close();
    }
  }, 240_000);
}

/** Settled there, and sure about the primary. */
async function settled(daemon: Daemon, site: string, primary: 'up' | 'down'): Promise<boolean> {
  const status = await daemon.status();
  return status?.write === 'settled' && status.active === site && status.sites[0]?.verdict === primary;
}

/** What must hold whatever happened: one write, one switch, one place of the budget, told; never empty, never a third value. */
async function switchedOnce({ cloud, world, way, receiver }: Scene, daemon: Daemon, generation: number): Promise<void> {
  const [a, b] = world.sites.map((site) => site.address);
  expect(way).toEqual([a, b]);
  expect(cloud.writes()).toBe(1);
  expect(valuesOf(cloud, markerName, 'TXT')).toEqual([`heritage=failoverd,owner=live,generation=${generation},site=b`]);
  expect(await daemon.status()).toMatchObject({
    active: 'b',
    wanted: 'b',
    generation,
    write: 'settled',
    hold: null,
    pin: null,
    budget: { spent: 1 },
  });
  const history = await daemon.history();
  const count = (code: string): number => history.filter((row) => row.code === code && row.kind === 'tell').length;
  expect([count('applied'), count('switched')]).toEqual([1, 1]);
  const notified = (): readonly string[] =>
    receiver.received.filter(({ json }) => textAt(json, 'code') === 'switched').map(({ json }) => textAt(json, 'id'));
  // At least once, and always under the one key.
  expect(await until(20_000, () => notified().length > 0)).toBe(true);
  expect(new Set(notified()).size).toBe(1);
}

describe('S1 to S3, S8: killed at a step of a failover, and started again', () => {
  for (const [index, { number, killed, landed, generation }] of rows.entries()) {
    story(`step ${number}, ${killed}: the switch is made once`, 180 + index, async (scene) => {
      const { cloud } = scene;
      await killedAt(scene, killed);
      expect(cloud.writes()).toBe(landed ? 1 : 0);
      const daemon = scene.start();
      expect(await until(30_000, () => settled(daemon, 'b', 'down'))).toBe(true);
      await switchedOnce(scene, daemon, generation);
    });
  }

  for (const [index, { number, killed, landed }] of rows.entries()) {
    if (![2, 4, 5, 6].includes(number)) continue;
    const ending = landed ? 'it stays where it was moved to' : 'it is not moved';
    story(
      `step ${number}, ${killed}, and the primary is well again before the start: ${ending}`,
      200 + index,
      async (scene) => {
        const { cloud, world, way } = scene;
        await killedAt(scene, killed);
        await world.sites[0]?.say('well');
        const daemon = scene.start();
        expect(await until(30_000, () => settled(daemon, landed ? 'b' : 'a', 'up'))).toBe(true);
        expect(cloud.writes()).toBe(landed ? 1 : 0);
        expect(way).toEqual(world.sites.slice(0, landed ? 2 : 1).map((site) => site.address));
        expect(await daemon.status()).toMatchObject({ hold: null, pin: null, budget: { spent: landed ? 1 : 0 } });
      },
    );
  }
});

story('SIGTERM while a write is under way: it is finished, and never made again', 225, async (scene) => {
  const { cloud, world } = scene;
  const first = scene.start();
  cloud.permit(({ operation }) => {
    if (operation === 'ChangeResourceRecordSets') first.signal('SIGTERM');
    return true;
  });
  expect(await until(30_000, ready(first, 'a'))).toBe(true);
  await world.sites[0]?.say('sick');
  expect(await first.exited).toBe(0);
  expect(cloud.writes()).toBe(1);
  const second = scene.start();
  expect(await until(30_000, () => settled(second, 'b', 'down'))).toBe(true);
  await switchedOnce(scene, second, 1);
});

/** The process stands still, as a frozen machine does, and then goes on where it was. */
const stops: readonly {
  readonly step: Step;
  readonly forMs: number;
  readonly recovers: boolean;
  readonly ending: string;
}[] = [
  { step: 'fence', forMs: 12_000, recovers: true, ending: 'what it knew is too old to act on: it is not moved' },
  // Longer than a write may take.
  { step: 'recheck', forMs: 17_000, recovers: false, ending: 'the switch is made once' },
  { step: 'ack', forMs: 17_000, recovers: false, ending: 'the switch is made once' },
];
describe('S14: stopped at a step of a failover', () => {
  for (const [index, { step, forMs, recovers, ending }] of stops.entries()) {
    story(
      `${step}, for ${forMs / 1_000} s${recovers ? ', in which the primary recovers' : ''}: ${ending}`,
      220 + index,
      async (scene) => {
        const { cloud, world, way } = scene;
        const daemon = scene.start(failpoint(step, 'SIGSTOP'));
        expect(await until(30_000, ready(daemon, 'a'))).toBe(true);
        await world.sites[0]?.say('sick');
        expect(await until(30_000, () => stateOf(daemon.pid) === 'T')).toBe(true);
        if (recovers) await world.sites[0]?.say('well');
        await new Promise((resolve) => setTimeout(resolve, forMs));
        daemon.signal('SIGCONT');
        if (recovers) {
          expect(await until(30_000, () => settled(daemon, 'a', 'up'))).toBe(true);
          expect(cloud.writes()).toBe(0);
          expect(way).toEqual([world.sites[0]?.address]);
          return;
        }
        expect(await until(40_000, () => settled(daemon, 'b', 'down'))).toBe(true);
        expect(way).toEqual(world.sites.map((site) => site.address));
        const history = await daemon.history();
        const told = (code: string) => history.filter((row) => row.kind === 'tell' && row.code === code).length;
        // A write that nobody heard of again is first shut out by a newer generation, with the marker alone.
        expect([told('switched'), cloud.writes()]).toEqual([1, 1 + told('fenced')]);
        // Such a write keeps its place in the budget: it may land yet.
        expect((await daemon.status())?.budget.spent).toBeLessThanOrEqual(1 + told('fenced'));
      },
    );
  }
});

/** One letter; T: stopped by a signal (proc(5), /proc/pid/stat). */
function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
