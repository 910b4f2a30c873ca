import type { Policy } from '../domain/types';
import type { ChannelConfig } from '../notify/channel';
import type { Check, Expectations } from '../probe/check';

/** Everything the daemon runs on: complete, validated, frozen. */
export interface Config {
  readonly services: readonly ServiceConfig[];
  readonly stateDir: string;
  /** `off`, or where the HTTP API listens. */
  readonly listen: 'off' | { readonly host: string; readonly port: number };
  readonly apiHosts: readonly string[];
  readonly apiToken: string | null;
  readonly notify: Notifying;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly logFormat: 'json' | 'pretty';
  readonly canaries: readonly Check[];
  readonly servicesFile: string | null;
  /** Every secret that was loaded, for redaction by value. */
  readonly secrets: readonly string[];
  /** Things that are allowed but worth saying; shown by `check` and logged at start. */
  readonly warnings: readonly Problem[];
}

/** Who is told what, and how the daemon shows that it lives. */
export interface Notifying {
  readonly channels: readonly ChannelConfig[];
  readonly quietMs: number;
  readonly heartbeat: { readonly url: string; readonly everyMs: number } | null;
  /** What this host calls itself. */
  readonly host: string;
}

export interface ServiceConfig {
  readonly policy: Policy;
  /** Checks per site name; every site has at least one that counts. */
  readonly checks: Readonly<Record<string, readonly Check[]>>;
  readonly expect: Expectations;
  /** Adapter names, in order. */
  readonly providers: readonly string[];
  /** Name or id of the zone as configured; null: found from the record. */
  readonly zone: string | null;
  /** Cron expressions; empty: always open. */
  readonly failbackWindow: readonly string[];
  /** `ip:port` to verify on; empty: the provider's or the zone's NS. */
  readonly nameservers: readonly string[];
  /** `ip:port` of resolvers to ask after a switch; empty: none. */
  readonly resolvers: readonly string[];
  readonly rtoMs: number | null;
  readonly allowPrivate: boolean;
  /** The providers' own variables by adapter name, `X_FILE` already read. */
  readonly providerEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One thing wrong: which variable (or `file: path` in the services file), its value (secrets hidden), why, what to do. */
export interface Problem {
  readonly name: string;
  readonly value: string | null;
  readonly why: string;
  readonly remedy: string;
  /** Of a warning: the services it is about; absent where it is about the daemon. */
  readonly records?: readonly string[];
}

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };
