import type { Marker, RecordSet } from '../src/domain/records';
import type { OutcomeCode } from '../src/domain/state';
import type { Found, Site } from '../src/domain/types';

/**
 * The contract of a provider adapter.
 *
 * An adapter reads and replaces the record sets of ONE name, and the marker TXT beside it, and nothing else in the zone.
 *
 * 1. `read` tells what is there now, in normal form. A failed read is a failure, never an empty answer: absent means the provider
 *    said, whole and parsed, that there is no such record.
 * 2. `replace` makes the name hold exactly `to`, if it still holds exactly `from` (the value `read` returned) and the marker still
 *    is `from.marker`. Otherwise it changes nothing and answers `conflict`. Where the provider cannot compare and swap, the adapter
 *    reads again directly before writing, and says so in `guarantees`.
 * 3. `replace` cannot leave the name empty: an adapter has no call that deletes without putting something in its place, and refuses
 *    an empty `to`.
 * 4. A, AAAA, HTTPS and SVCB values with address hints, and the marker move together: in one request where the provider is able to. An
 *    adapter that cannot write HTTPS or SVCB reports one with hints in `found.obstacles`, because clients would follow it to the old site.
 * 5. Neighbours (other names, other types at the name, HTTPS and SVCB values without hints) are never touched. What makes the name
 *    unsafe to write (an alias, weighted records) is reported in `found.obstacles`.
 * 6. An adapter neither sleeps nor retries, except to wait for its own change to settle where the provider reports that; `control`
 *    does. It honours `signal` promptly, and bounds every body it reads.
 * 7. Outcomes: `applied` the provider confirmed it; `conflict` nothing was changed, read again; `throttled` nothing was changed, later;
 *    `denied` nothing was changed, a human must act; `unavailable` surely nothing was changed; `unknown` it may or may not have
 *    been applied. When in doubt it is `unknown`. Never thrown: errors are values.
 * 8. No secret appears in any `why`.
 * 9. When the sets of `to` are those of `from`, the marker alone is rewritten, by the same compare-and-swap: so the write path is tested,
 *    and an older write shut out, without touching a record that users see.
 */
export interface Provider {
  readonly name: string;
  readonly guarantees: Guarantees;
  read(signal: AbortSignal): Promise<Reading>;
  replace(replacement: Replacement, signal: AbortSignal): Promise<Outcome>;
  /** Name servers to verify on, as `ip:port` (or `[ip6]:port`) or host names; `@` among them: the zone's NS too; empty: those alone. */
  nameservers(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * What `failoverd check` and the self-test should know: credentials and when they end, permissions (too few: error; more than this
   * service needs: warn), quota, weaker guarantees. Changes nothing. `thorough`, for `check` alone: also tries, with requests that cannot
   * be carried out, what should be denied; that leaves traces in the provider's logs which nobody wants every ten minutes.
   */
  preflight(signal: AbortSignal, thorough?: boolean): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

export interface Guarantees {
  /** Readers of the authoritative servers see the old or the new sets, never a mixture or nothing. */
  readonly atomic: boolean;
  readonly compareAndSwap: boolean;
  /** What the two above rest on, and any residual window, in one sentence for `check`. */
  readonly note: string;
}

/**
 * How a change is proven. `dns`: every authoritative server is asked. `api`: DNS cannot show the record (proxied, private), so reading it
 * back and a passing check through the record stand in. `read`: the reading itself is what users get (a load balancer's own word).
 */
export type Proof = 'dns' | 'api' | 'read';

export type Reading =
  | {
      readonly ok: true;
      readonly found: Found;
      readonly proof: Proof;
      /** Only where two providers are read as one, and differ in this. */
      readonly proofs?: readonly Proof[];
    }
  | { readonly ok: false; readonly code: FailureCode; readonly why: string; readonly retryAfterMs?: number };

export type FailureCode = 'throttled' | 'denied' | 'unavailable' | 'unknown';

export interface Replacement {
  /** What `read` returned. */
  readonly from: Found;
  /** Never empty. */
  readonly to: readonly RecordSet[];
  readonly marker: Marker;
}

export interface Outcome {
  readonly code: OutcomeCode;
  readonly why: string;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  /** Only where two providers are written as one: those that did not take what the other did. */
  readonly behind?: readonly string[];
}

export interface Finding {
  readonly level: 'ok' | 'warn' | 'error';
  /** What was looked at, what was seen, what to do. */
  readonly text: string;
  /** Wall time at which the credential this is about ends, unless somebody renews it. */
  readonly expiresAtMs?: number;
}

/** What every adapter is made from. */
export interface ProviderInput {
  /** Managed name, normal form. */
  readonly record: string;
  /** FAILOVERD_ZONE: the zone's name or the provider's id; null: find it. */
  readonly zone: string | null;
  /** Seconds. */
  readonly ttl: number;
  /** The adapter's own variables (those its table row names), after `X_FILE` was read. Unset ones are absent. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of its own below the state directory, for adapters that keep something. Made on demand, 0700. */
  readonly directory: string;
  /** Whether any site publishes only one address family while another publishes both (an UPSERT-only mode cannot remove a set). */
  readonly mixedFamilies: boolean;
  /** All sites of the service, in priority order, for adapters that write the standbys beside the active one. */
  readonly sites?: readonly Site[];
}

export type Created =
  /** `notes`: what was wrong with what it keeps itself, and was mended or not, for the log. */
  | { readonly ok: true; readonly provider: Provider; readonly notes?: readonly string[] }
  | { readonly ok: false; readonly problems: readonly SetupProblem[] };

export interface SetupProblem {
  readonly name: string;
  readonly why: string;
  readonly remedy: string;
  /** It may pass by itself (a port that is still taken): the daemon exits so that its supervisor tries again. */
  readonly passing?: boolean;
}

/** An adapter module exports this function as `create`. It checks its variables, but makes no request. */
export type CreateProvider = (input: ProviderInput) => Promise<Created>;

/**
 * An adapter module exports this function as `problemsOf`: everything that `create` would refuse in the settings themselves, told before
 * anything is made. Where `record` is empty it is not known yet, and what is said of it is not heard.
 */
export type SettingsProblems = (input: ProviderInput) => readonly SetupProblem[];

/** A row of the table in `index.ts`. */
export interface ProviderRow {
  readonly name: string;
  /** `owned`: we serve the zone ourselves, so creating the record is the default. */
  readonly owned: boolean;
  /** How long the provider takes, at its slowest usual pace, until all its name servers answer a change; for the recovery-time arithmetic. */
  readonly settleMs: number;
  readonly variables: readonly ProviderVariable[];
  readonly load: () => Promise<{ readonly create: CreateProvider; readonly problemsOf: SettingsProblems }>;
}

export interface ProviderVariable {
  /** One that ends in `*` stands for every variable that begins alike. */
  readonly name: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly meaning: string;
}
