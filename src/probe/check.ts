/** One configured health check, parsed from its URL. Text may still hold `{site}` and `{address}`. */
export interface Check {
  /** For people: as configured, but for the values of its query. */
  readonly url: string;
  readonly kind: 'http' | 'https' | 'tcp' | 'tls' | 'exec';
  /** Recorded and shown, but not counted. */
  readonly shadow: boolean;
  /** Null: connect to the site's own address, Host and SNI being the record. Otherwise this host is resolved and connected to. */
  readonly host: string | null;
  readonly port: number;
  /** Path and query of http(s); empty otherwise. */
  readonly path: string;
  /** `exec:` only: program and arguments, no shell. */
  readonly command: readonly string[];
}

/** What a passing http(s) answer must show. */
export interface Expectations {
  /** Inclusive ranges. */
  readonly status: readonly (readonly [number, number])[];
  /** Plain substring of the body; null: anything. */
  readonly body: string | null;
  /** RFC 6901 pointer and the value it must have, compared as text for scalars. */
  readonly json: { readonly pointer: string; readonly value: string } | null;
  readonly maxLatencyMs: number | null;
}
