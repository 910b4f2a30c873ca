import { openSync } from 'node:fs';
import { createProber } from '../../src/probe/round';
import { watchSelf } from '../../src/probe/self';
import { check, context, expecting, siteAt, verdict, why } from './setup';

/**
 * A process with nothing in it but a prober, so that what it holds can be counted: `leak ROUNDS TIMEOUT PORT…` probes every port so
 * many times and prints what is left; `exhaust PORT` probes once with no file descriptor left.
 */

const self = watchSelf({ holdMs: 10_000 });
const shared = context({ self });
const site = siteAt('a', '127.0.0.1');

function proberFor(port: number, timeoutMs: number) {
  const options = {
    record: 'www.example.test',
    expect: expecting({ body: 'ok' }),
    allowPrivate: true,
    timeoutMs,
  };
  return createProber({ ...options, context: shared, checks: { a: [check({ port })] } });
}

async function leak(rounds: number, [timeoutMs = 0, ...ports]: readonly number[]): Promise<unknown> {
  const probers = ports.map((port) => proberFor(port, timeoutMs));
  const verdicts = new Map<string, number>();
  const run = async (times: number): Promise<void> => {
    for (let round = 0; round < times; round++) {
      for (const observation of await Promise.all(probers.map((prober) => prober.probe(site)))) {
        verdicts.set(verdict(observation), (verdicts.get(verdict(observation)) ?? 0) + 1);
      }
    }
  };
  await run(rounds);
  verdicts.clear();
  // Of three stretches the one that grew least: an allocator that takes a page once is no leak, and a leak grows in all of them.
  const sizes = [await settledRss()];
  for (let stretch = 0; stretch < 3; stretch++) {
    await run(rounds);
    sizes.push(await settledRss());
  }
  const grownBytes = Math.min(...sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0)));
  const left = process.getActiveResourcesInfo().filter((kind) => !/^(Timeout|PipeWrap|TTYWrap)$/.test(kind));
  return { grownBytes, left, verdicts: Object.fromEntries(verdicts) };
}

async function settledRss(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  return process.memoryUsage.rss();
}

async function exhaust(port: number): Promise<unknown> {
  const prober = proberFor(port, 10_000);
  const before = verdict(await prober.probe(site));
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    const observation = await prober.probe(site);
    return { before, verdict: verdict(observation), why: why(observation), sick: self.sick() };
  }
}

const [mode, ...numbers] = process.argv.slice(2);
const [first = 0, ...rest] = numbers.map(Number);
const result = mode === 'leak' ? leak(first, rest) : exhaust(first);
void result.then((value) => process.stdout.write(JSON.stringify(value)));
void result.then(() => self.close());
