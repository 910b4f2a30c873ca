import type { Outcome, Provider, Reading } from '../../providers/provider';

/**
 * An adapter held to its contract: it may not throw, may not outlive its signal, may not be handed an empty set, and no secret passes
 * in its words. A breach becomes the safe value: an unknown outcome, a failed reading.
 */
export function careful(provider: Provider, redact: (text: string) => string): Provider {
  async function within<T>(signal: AbortSignal, work: () => Promise<T>, otherwise: (why: string) => T): Promise<T> {
    if (signal.aborted) return otherwise('the deadline had passed before it began');
    let onAbort = (): void => undefined;
    const aborted = new Promise<T>((resolve) => {
      onAbort = () => resolve(otherwise('no answer within the deadline'));
      signal.addEventListener('abort', onAbort, { once: true });
    });
    // Inside an async function a call that throws at once is a rejection like any other.
    const worked = (async () => work())().catch((error: unknown) =>
      otherwise(`adapter ${provider.name} failed: ${nameOf(error)}`),
    );
    const result = await Promise.race([worked, aborted]);
    signal.removeEventListener('abort', onAbort);
    return result;
  }

  return {
    ...provider,
    async read(signal) {
      const failed = (why: string): Reading => ({ ok: false, code: 'unknown', why });
      const reading = await within(signal, () => provider.read(signal), failed);
      if (!reading.ok) return { ...reading, why: redact(reading.why) };
      return { ...reading, found: { ...reading.found, atomic: provider.guarantees.atomic } };
    },
    async replace(replacement, signal) {
      const values = replacement.to.reduce((sum, set) => sum + set.values.length, 0);
      if (values === 0) return { code: 'denied', why: 'refused to write an empty record set' };
      const unknown = (why: string): Outcome => ({ code: 'unknown', why });
      const outcome = await within(signal, () => provider.replace(replacement, signal), unknown);
      return { ...outcome, why: redact(outcome.why) };
    },
    nameservers: (signal) =>
      within(
        signal,
        () => provider.nameservers(signal),
        () => [],
      ),
    async preflight(signal, thorough) {
      const failed = (why: string) => [{ level: 'error' as const, text: why }];
      const findings = await within(signal, () => provider.preflight(signal, thorough), failed);
      return findings.map((finding) => ({ ...finding, text: redact(finding.text) }));
    },
    close: () => (async () => provider.close())().catch(() => undefined),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'not an Error';
}
