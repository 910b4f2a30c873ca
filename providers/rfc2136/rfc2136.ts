import type { CreateProvider, Guarantees, Outcome, Provider, Reading, SettingsProblems } from '../provider';
import { type Looked, look } from './look';
import { findings } from './preflight';
import { objection, replace } from './replace';
import { openSession, type Session } from './session';
import { parseSettings, type Settings } from './settings';
import { type FoundZone, findZone } from './zone';

const guarantees: Guarantees = {
  atomic: true,
  compareAndSwap: true,
  note:
    'one signed UPDATE, whole or not at all, whose prerequisites are every value that was read (RFC 2136 section 2.4.2); ' +
    'the other servers of the zone follow by NOTIFY and transfer, each from one whole version to the next',
};

export const problemsOf: SettingsProblems = (input) => {
  const parsed = parseSettings(input);
  return parsed.ok ? [] : parsed.problems;
};

/** The adapter for any primary that takes DNS UPDATE with TSIG, over TCP or, where that is not to be had, UDP: BIND, Knot and others. */
export const create: CreateProvider = async (input) => {
  const parsed = parseSettings(input);
  if (!parsed.ok) return parsed;
  return { ok: true, provider: provider(parsed.settings, parsed.zone, input) };
};

interface Service {
  readonly record: string;
  readonly mixedFamilies: boolean;
}

function provider(settings: Settings, configured: string | null, { record, mixedFamilies }: Service): Provider {
  let known: string | null = configured;

  async function zone(session: Session): Promise<FoundZone | { readonly ok: true; readonly zone: string }> {
    if (known !== null) return { ok: true, zone: known };
    const found = await findZone(session, record, null);
    if (found.ok) known = found.zone;
    return found;
  }

  async function lookIn(session: Session): Promise<Looked> {
    const where = await zone(session);
    const looked = where.ok ? await look(session, where.zone, record) : where;
    // The zone may have been cut in two, or moved away.
    if (!looked.ok && looked.code === 'denied') known = configured;
    return looked;
  }

  async function within<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const session = openSession(settings, signal);
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  return {
    name: 'rfc2136',
    guarantees,
    read: (signal) =>
      within(signal, async (session): Promise<Reading> => {
        const looked = await lookIn(session);
        return looked.ok ? { ok: true, found: looked.found, proof: 'dns' } : looked;
      }),
    async replace(replacement, signal): Promise<Outcome> {
      const why = objection(record, replacement);
      if (why !== null) return { code: 'denied', why };
      return within(signal, async (session) => {
        const where = await zone(session);
        if (where.ok) return replace(session, where.zone, record, replacement, settings.transport === 'udp');
        return { code: where.code === 'denied' ? 'denied' : 'unavailable', why: where.why };
      });
    },
    // The primary may be hidden; the world asks the servers of the zone's NS, and so does the verifier.
    nameservers: async () => [],
    preflight: (signal, thorough = false) =>
      within(signal, (session) => findings({ session, settings, configured, record, mixedFamilies, thorough })),
    close: async () => {},
  };
}
