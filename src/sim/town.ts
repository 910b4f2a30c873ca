import { createElsewhere, createTurns, type Elsewhere } from '../control/daemon';
import type { Ports } from '../control/ports';
import type { Judge } from './judge';
import type { Time } from './time';

/** One line of what happened. */
export interface StoryLine {
  readonly atMs: number;
  readonly host: number | null;
  readonly text: string;
}

/** What all records of a world have in common: time, the judge, the story, and the processes that serve several records each. */
export interface Town {
  readonly time: Time;
  readonly judge: Judge;
  readonly story: readonly StoryLine[];
  say(host: number | null, text: string): void;
  /** What the services of one process share. */
  company(host: number, record: string): Pick<Ports, 'elsewhere' | 'testTurnMs'>;
  /** A service of that process decided a switch by itself. */
  began(host: number, record: string): void;
  /** How many other services of that process did within the window, by the world's own count. */
  others(host: number, record: string, windowMs: number): number;
  /** The process is gone, and what it kept in memory with it. */
  ended(host: number): void;
}

interface Process {
  readonly elsewhere: Elsewhere;
  readonly turns: () => number;
}

const keptStory = 400;
const testGapMs = 2_000;

export function createTown(time: Time, judge: Judge, commonCauseMs: number, services: number): Town {
  const story: StoryLine[] = [];
  const beganMs = time.nowMs();
  const processes = new Map<number, Process>();
  const switched: { readonly host: number; readonly record: string; readonly atMs: number }[] = [];

  function processOf(host: number): Process {
    const process = processes.get(host) ?? {
      elsewhere: createElsewhere(time),
      turns: services === 1 ? () => 0 : createTurns(time, testGapMs),
    };
    processes.set(host, process);
    return process;
  }

  return {
    time,
    judge,
    story,
    say(host, text) {
      story.push({ atMs: time.nowMs() - beganMs, host, text });
      if (story.length > keptStory) story.shift();
    },
    company(host, record) {
      const { elsewhere, turns } = processOf(host);
      return { elsewhere: () => elsewhere.count(record, commonCauseMs), testTurnMs: turns };
    },
    began(host, record) {
      processOf(host).elsewhere.began(record);
      switched.push({ host, record, atMs: time.nowMs() });
    },
    others(host, record, windowMs) {
      const lately = switched.filter((one) => one.host === host && time.nowMs() - one.atMs < windowMs);
      return new Set(lately.filter((one) => one.record !== record).map((one) => one.record)).size;
    },
    ended(host) {
      processes.delete(host);
      const kept = switched.filter((one) => one.host !== host);
      switched.splice(0, switched.length, ...kept);
    },
  };
}
