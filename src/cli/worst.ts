import type { ServiceStatus } from '../domain/explain';

/** The worst first, as on the dashboard, so that what does not fit on a terminal is what is well; alike ones stay in their order. */
export function worstFirst(services: readonly ServiceStatus[]): readonly ServiceStatus[] {
  return services.toSorted((left, right) => rankOf(left) - rankOf(right));
}

/** A human must act; a human has taken over; it could not fail over right now, or is on its way; well. */
function rankOf({ alerts, sites, active, hold, pin, ready, write }: ServiceStatus): number {
  const paged = alerts.some(({ page, overForMs }) => page && typeof overForMs !== 'number');
  const verdict = sites.find(({ name }) => name === active)?.verdict ?? 'down';
  if (paged || verdict === 'down') return 0;
  if (hold !== null || pin !== null) return 1;
  return ready && write === 'settled' ? 3 : 2;
}
