import { afterAll, afterEach, describe, test } from '@jest/globals';
import type { Guarantees, Provider } from '../../providers/provider';
import { basics } from './conformance-basics';
import { changes } from './conformance-changes';
import { failures } from './conformance-failures';
import { races } from './conformance-races';
import { rounds } from './conformance-rounds';
import { type Clause, neighbours, type Scene, writeCard } from './conformance-scene';

/** One record as it stands at the provider, whatever its type; how a fake shows its truth. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly values: readonly string[];
}

/** A zone `example.test` of one adapter under test, freshly made for one clause, with the managed name `www.example.test`. */
export interface Subject {
  /** Another adapter instance on the same zone (two of them are two daemons). */
  connect(): Promise<Provider>;
  /** Puts records there behind the adapter's back. Replaces what has the same name and type. */
  seed(records: readonly ZoneRecord[]): Promise<void>;
  /** Everything in the zone, read behind the adapter's back. */
  truth(): Promise<readonly ZoneRecord[]>;
  /** Makes the next requests fail in that way, until `heal`. Only the faults the transport can have. */
  readonly faults: Partial<Readonly<Record<Fault, () => void>>>;
  /** Late writes; a text instead: why no write of this adapter can be late. Needed where compare-and-swap is claimed. */
  readonly delayed?: Delayed | string;
  heal(): void;
  /** Credentials in use: none may appear in any text. */
  readonly secrets: readonly string[];
  /** How many writes the provider took. */
  writes(): number;
  close(): Promise<void>;
}

/** A network that keeps a write for as long as it likes, and delivers it then. */
export interface Delayed {
  /** From now on, until `heal`, writes are held on their way, to the byte. */
  hold(): void;
  /** Delivers what was held, in order; resolves when the provider has decided on each, with how many there were. */
  deliver(): Promise<number>;
}

export const faults = [
  'refused', // nothing listens
  'hang', // connects, never answers
  'server-error', // 5xx
  'throttled',
  'denied',
  'garbage', // 200 with an HTML page
  'empty', // 200 with nothing
  'huge', // 200 with a body without end
  'applied-then-lost', // the write is done, the answer never comes
  'lost', // the write is not done, the answer never comes
] as const;
export type Fault = (typeof faults)[number];

/**
 * The one suite every adapter passes. `claims` are the adapter's own words, held to. Every run prints a table of clauses and adapters;
 * `against` says what stood at the other end.
 */
export function conformance(adapter: string, open: () => Promise<Subject>, against = 'a fake of its API'): void {
  describe(`provider ${adapter}`, () => {
    const subjects: Subject[] = [];
    const providers: Provider[] = [];
    const excused: Record<string, string> = {};
    const notes: Record<string, string> = {};
    const proofs = new Set<string>();
    let guarantees: Guarantees | null = null;

    async function connect(to: Subject): Promise<Provider> {
      const provider = await to.connect();
      providers.push(provider);
      guarantees = provider.guarantees;
      return {
        ...provider,
        async read(signal) {
          const reading = await provider.read(signal);
          if (reading.ok) proofs.add(reading.proof);
          return reading;
        },
      };
    }

    function sceneOf(title: string): Scene {
      return {
        adapter,
        async start(seed = []) {
          const subject = await open();
          subjects.push(subject);
          await subject.seed([...neighbours, ...seed]);
          return { subject, provider: await connect(subject) };
        },
        async another() {
          const subject = subjects.at(-1);
          if (subject === undefined) throw new Error('nothing was started');
          return connect(subject);
        },
        excuse(why) {
          excused[title] = why;
        },
        note(text) {
          notes[title] = text;
        },
      };
    }

    const clause: Clause = (title, run, timeoutMs) => test(title, () => run(sceneOf(title)), timeoutMs);

    afterEach(async () => {
      for (const provider of providers.splice(0)) await provider.close();
      for (const subject of subjects.splice(0)) await subject.close();
    });
    afterAll(() => writeCard({ adapter, against, guarantees, proofs: [...proofs], excused, notes }));

    basics(clause);
    changes(clause);
    races(clause);
    failures(clause);
    rounds(clause);
  });
}
