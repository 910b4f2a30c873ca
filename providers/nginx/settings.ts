import { isIP } from 'node:net';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { markerName, type RecordSet, valuesKey } from '../../src/domain/records';
import type { ProviderInput, SetupProblem } from '../provider';

/** The files of one managed name. The first two are included by nginx; the names of the others begin with a dot, so that no `include …/*` takes them in. */
export interface Paths {
  readonly directory: string;
  /** The server lines, included in the upstream. */
  readonly servers: string;
  /** The statement of the server lines beside it, included in a map, so that nginx can be asked which it runs. */
  readonly marker: string;
  /** The server lines before the newest, whole. */
  readonly previous: string;
  /** Beside a marker that was written alone: which server lines it is for, and the other statement that nginx may still run. */
  readonly kept: string;
  readonly lock: string;
}

export interface Settings {
  readonly record: string;
  /** Seconds; only told back, nginx knows none. */
  readonly ttl: number;
  readonly paths: Paths;
  readonly port: number;
  readonly test: readonly string[];
  readonly reload: readonly string[];
  /** Where nginx answers the statement of what it runs; the host is an address, so nothing is resolved. */
  readonly url: URL;
  /** Sent as Host, and as the name in TLS. */
  readonly host: string;
  /** Addresses to write as `backup` beside those sets: all other sites', in priority order. */
  readonly backups: (active: readonly RecordSet[]) => readonly string[];
}

export type Read =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SetupProblem[] };

/** The adapter's settings, or everything that is wrong with them. */
export function readSettings(input: ProviderInput): Read {
  const { env, record, ttl, sites = [] } = input;
  const label = markerName(record).slice('_failoverd.'.length);
  const file = (env['NGINX_UPSTREAM_FILE'] ?? '').replaceAll('{record}', label);
  const port = env['NGINX_UPSTREAM_PORT'] ?? '';
  const test = words(env['NGINX_TEST_COMMAND'] ?? 'nginx -t -q');
  const reload = words(env['NGINX_RELOAD_COMMAND'] ?? 'nginx -s reload');
  const proxy = (env['NGINX_PROXY_URL'] ?? '').replaceAll('{record}', label);
  const backups = env['NGINX_BACKUPS'] ?? 'on';
  const url = URL.canParse(proxy) ? new URL(proxy) : null;

  const problems: SetupProblem[] = [];
  const say = (name: string, why: string, remedy: string): void => void problems.push({ name, why, remedy });
  if (!isAbsolute(file) || normalize(file) !== file || file.endsWith('/') || !/^[\w./@+-]+$/.test(file)) {
    const why = `"${file}" is not the plain absolute path of a file`;
    say('NGINX_UPSTREAM_FILE', why, 'write it like /etc/nginx/failoverd/{record}.servers');
  }
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535)
    say('NGINX_UPSTREAM_PORT', `"${port}" is not a port`, 'give the port the servers listen on, 1 to 65535');
  for (const [name, command] of [
    ['NGINX_TEST_COMMAND', test],
    ['NGINX_RELOAD_COMMAND', reload],
  ] as const)
    if (command === null)
      say(
        name,
        'is not a plain command',
        'write words with spaces between; no shell reads them: put more into a script',
      );
  if (url === null || !/^https?:$/.test(url.protocol) || isIP(bare(url.hostname)) === 0 || url.username !== '') {
    const why = `"${url === null ? proxy : `${url.protocol}//${url.host}`}" is not an http or https URL with an address as its host`;
    const remedy =
      'write it like http://127.0.0.1:8054/, the location that returns what nginx runs; a name would be resolved';
    say('NGINX_PROXY_URL', why, remedy);
  }
  if (backups !== 'on' && backups !== 'off')
    say(
      'NGINX_BACKUPS',
      `"${backups}" is neither on nor off`,
      'on writes the other sites as backup servers, off leaves them out',
    );
  const named = sites.find((site) => site.sets.some((set) => set.type === 'CNAME'));
  if (named !== undefined) {
    const why = `site ${named.name} is a host name, which nginx would resolve once, at the reload, and keep`;
    say('FAILOVERD_SITES', why, 'give the sites addresses');
  }
  if (problems.length > 0 || url === null || test === null || reload === null) return { ok: false, problems };

  const hidden = (kind: string): string => join(dirname(file), `.${basename(file)}.${kind}`);
  return {
    ok: true,
    settings: {
      record,
      ttl,
      paths: {
        directory: dirname(file),
        servers: file,
        marker: `${file}.marker`,
        previous: hidden('previous'),
        kept: hidden('kept'),
        lock: hidden('lock'),
      },
      port: Number(port),
      test,
      reload,
      url,
      host: record.startsWith('*.') ? `failoverd-check.${record.slice(2)}` : record,
      backups: (active) => {
        const used = addresses(active);
        const others = sites.filter((site) => valuesKey(site.sets) !== valuesKey(active));
        const standby = backups === 'off' ? [] : others.flatMap((site) => addresses(site.sets));
        return [...new Set(standby)].filter((address) => !used.includes(address));
      },
    },
  };
}

/** All addresses of some sets. */
export function addresses(sets: readonly RecordSet[]): readonly string[] {
  return sets.flatMap((set) => set.values);
}

function words(command: string): readonly string[] | null {
  const parts = command.split(/\s+/).filter((word) => word !== '');
  const plain = parts.length > 0 && parts.length <= 64 && parts.every((word) => /^[\w./:=,@+-]+$/.test(word));
  return plain ? parts : null;
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
