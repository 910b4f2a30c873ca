/** How a service is doing, worst first: `bad`: a human must act; `warn`: it could not fail over right now, or is on its way; `well`. */
export function levelOf(status) {
  const active = status.sites.find(({ name }) => name === status.active);
  if (status.alerts.some(({ page }) => page) || active === undefined || active.verdict === 'down') return 'bad';
  return status.ready && status.write === 'settled' ? 'well' : 'warn';
}

export const levels = ['bad', 'warn', 'well'];

/** Where a failover would lead now; null: nowhere. */
export function refugeOf({ sites, active }) {
  const others = sites.filter(({ name }) => name !== active);
  const refuge =
    others.find(({ verdict }) => verdict === 'up') ?? others.find(({ verdict }) => verdict === 'recovering');
  return refuge?.name ?? null;
}
