import type { CreateProvider, Guarantees, Provider, SettingsProblems, SetupProblem } from '../provider';
import { type Api, openClient } from './client';
import { openName } from './managed-name';
import { findings } from './preflight';
import { replace } from './replace';

const guarantees: Guarantees = {
  atomic: false,
  compareAndSwap: false,
  note:
    'Cloudflare commits a batch as one transaction but spreads its records one by one, and has no compare-and-swap: failoverd writers ' +
    'exclude each other through the marker record, but a value that a human edits between our listing and our batch (one round trip) is overwritten.',
};

export const problemsOf: SettingsProblems = ({ env }) => {
  const { CLOUDFLARE_API_TOKEN: token = '', CLOUDFLARE_BASE_URL: baseUrl = null } = env;
  const problems: SetupProblem[] = [];
  if (!/^[\x21-\x7e]{1,500}$/.test(token)) {
    const why = token === '' ? 'is not set' : 'holds characters that no token has, or too many';
    const remedy = 'create an API token with DNS Write on the one zone, and set it (or CLOUDFLARE_API_TOKEN_FILE)';
    problems.push({ name: 'CLOUDFLARE_API_TOKEN', why, remedy });
  }
  if (baseUrl !== null && !isSafeUrl(baseUrl)) {
    const why = 'is not an https URL (http is for loopback only: the token travels in it)';
    problems.push({ name: 'CLOUDFLARE_BASE_URL', why, remedy: 'unset it, or use https://…/client/v4' });
  }
  return problems;
};

/** The adapter for Cloudflare DNS (API v4). */
export const create: CreateProvider = async (input) => {
  const problems = problemsOf(input);
  if (problems.length > 0) return { ok: false, problems };
  const { record, zone, ttl, env } = input;
  const { CLOUDFLARE_API_TOKEN: token = '', CLOUDFLARE_BASE_URL: baseUrl = null } = env;
  return { ok: true, provider: provider(openClient(token, baseUrl), record, zone, ttl, isGlobalKey(token)) };
};

function provider(api: Api, record: string, wantedZone: string | null, ttl: number, keyShaped: boolean): Provider {
  const name = openName(api, record, wantedZone);
  return {
    name: 'cloudflare',
    guarantees,
    async read(signal) {
      const looked = await name.look(signal);
      if (looked.ok) return { ok: true, found: looked.snapshot.found, proof: looked.snapshot.proof };
      const { code, why, retryAfterMs } = looked;
      return {
        ok: false,
        code: code === 'conflict' ? 'unknown' : code,
        why,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
    },
    replace: (replacement, signal) => replace(api, name, replacement, signal),
    async nameservers(signal) {
      const located = await name.locate(signal);
      return located.ok ? located.zone.nameServers : [];
    },
    preflight: (signal, thorough = false) =>
      findings({ api, name, ttl, note: guarantees.note, thorough, keyShaped }, signal),
    close: async () => {},
  };
}

/** `cfk_…`, or 37 hexadecimal digits in older ones; tokens have another prefix, or 40 characters (docs, token formats, 2026-11). */
function isGlobalKey(token: string): boolean {
  return /^(cfk_.*|[0-9a-f]{37})$/.test(token);
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username } = new URL(text);
  if (search !== '' || hash !== '' || username !== '') return false;
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && loopback);
}
