import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createProber } from '../../src/probe/round';
import { check, context, expecting, siteAt, verdict, why } from '../probe/setup';

/** For a network namespace of its own: a probe when every port to connect from is taken. Prints one line of JSON: what it showed. */

execFileSync('ip', ['link', 'set', 'lo', 'up']);
writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', '40000 40003');

/** One more connection that stays; false when there is no port left for it. */
async function taken(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

async function tell(): Promise<unknown> {
  const port = 50_000;
  const server = createServer(() => undefined).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const checks = { a: [check({ kind: 'tcp', port })] };
  const options = { record: 'www.example.test', expect: expecting(), allowPrivate: true, timeoutMs: 1_000, checks };
  const prober = createProber({ ...options, context: context() });
  const site = siteAt('a', '127.0.0.1');
  const before = verdict(await prober.probe(site));
  while (await taken(port));
  const observation = await prober.probe(site);
  return { before, without: verdict(observation), why: why(observation) };
}

void tell().then((seen) => {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit();
});
