import type { Proof, Provider, Reading } from '../../providers/provider';
import { type Marker, markerText } from '../domain/records';
import { utcText } from '../domain/wall';
import type { MarkerVerifier } from './ports';

/** The time in a marker: to the second, and never the one that stands there. */
export function stamp(wallMs: number, before: string | undefined): string {
  const short = utcText(wallMs - (wallMs % 1_000));
  return short === before ? utcText(wallMs) : short;
}

interface Asked {
  readonly provider: Pick<Provider, 'read'>;
  readonly marks: MarkerVerifier;
}

/** Who does not show the marker: the servers, or, where DNS cannot show it, the provider itself. */
export async function missingAt(
  marker: Marker,
  proofs: readonly Proof[],
  { provider, marks }: Asked,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const dns = proofs.includes('dns') ? marks.shows(markerText(marker), signal) : null;
  const api = proofs.some((proof) => proof !== 'dns') ? provider.read(signal) : null;
  const [verified, reading] = await Promise.all([dns, api]);
  const servers =
    verified === null
      ? []
      : !verified.ok
        ? [`no authoritative server could be asked: ${verified.why}`]
        : verified.answers.length === 0
          ? ['no authoritative server was asked']
          : verified.answers.filter(({ agrees }) => !agrees).map(({ server, why }) => `${server}: ${why}`);
  return [...servers, ...(reading === null ? [] : unreadBack(reading, marker, (proof) => proof !== 'dns'))];
}

/** Whose reading does not show the marker; of two providers those who are asked about. */
export function unreadBack(reading: Reading, marker: Marker, isAsked: (proof: Proof) => boolean): readonly string[] {
  if (!reading.ok) return [`the provider's API: ${reading.why}`];
  const { found } = reading;
  const parts = found.parts?.filter(({ proof }) => isAsked(proof)) ?? [{ provider: "the provider's API", found }];
  return parts
    .filter((part) => part.found?.marker?.tested !== marker.tested)
    .map((part) => `${part.provider} does not show the new TXT`);
}
