import type { ProviderRow } from '../../providers/provider';
import type { ServiceConfig } from './config';

/** Everything the configuration is made from; `main` passes the real things, tests their own. */
export interface ConfigInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly providers: readonly ProviderRow[];
  /** Reads a file whole, at most 1 MB (`EFBIG` beyond); never throws. */
  readonly readFile: (path: string) => FileResult;
  readonly hostname: string;
  /** The user this process runs as. */
  readonly uid: number;
  readonly isTty: boolean;
  /** Whether a cron expression can be scheduled (node-cron's `validate`). */
  readonly validCron: (expression: string) => boolean;
  /** The longest recovery these settings allow, in milliseconds: what is above FAILOVERD_RTO is refused. */
  readonly boundMs: (service: Pick<ServiceConfig, 'policy' | 'providers'>) => number;
}

/** A file's text, permission bits and owner, or the error code (`ENOENT`, `EACCES`, `EISDIR`, `EFBIG`, `EINVAL` …). */
export type FileResult =
  | { readonly ok: true; readonly text: string; readonly mode: number; readonly uid: number }
  | { readonly ok: false; readonly code: string };
