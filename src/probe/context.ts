import { createSecureContext, type SecureContext } from 'node:tls';
import { createResolver, type Lookup, type Resolver } from './resolve';
import type { SelfWatch } from './self';

/** What all probes of one daemon share. */
export interface ProbeContext {
  readonly userAgent: string;
  readonly self: SelfWatch;
  readonly resolver: Resolver;
  readonly wallMs: () => number;
  /** Trusted CAs, read once and shared by every handshake. */
  readonly secureContext: () => SecureContext;
  /** Kills a process group, surely and at once; throws when it is gone already. */
  readonly killGroup: (groupId: number) => void;
}

export interface ContextOptions {
  /** `failoverd/<version>`. */
  readonly userAgent: string;
  readonly self: SelfWatch;
  readonly killGroup: (groupId: number) => void;
  readonly wallMs?: () => number;
  /** PEM of the only CAs to trust; Node's own list otherwise. */
  readonly ca?: string;
  /** The system resolver unless given. */
  readonly lookup?: Lookup;
}

/** Makes what all probes of one daemon share; the CAs are loaded by the first TLS probe. */
export function createProbeContext(options: ContextOptions): ProbeContext {
  let trusted: SecureContext | null = null;
  return {
    userAgent: options.userAgent,
    self: options.self,
    resolver: createResolver(options.lookup),
    wallMs: options.wallMs ?? Date.now,
    secureContext: () => {
      trusted ??= createSecureContext(options.ca === undefined ? {} : { ca: options.ca });
      return trusted;
    },
    killGroup: options.killGroup,
  };
}
