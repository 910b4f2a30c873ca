/** How a service is doing, worst first: `bad`: a human must act; `warn`: it could not fail over right now, or is on its way; `well`. */
export function levelOf(status) {
  const isPaged = status.alerts.some((alert) => alert.page && !isOver(alert));
  const active = status.sites.find(({ name }) => name === status.active);
  if (isPaged || active === undefined || active.verdict === 'down') return 'bad';
  return status.ready && status.write === 'settled' ? 'well' : 'warn';
}

/** What is told for a while yet although its cause is gone. */
export const isOver = ({ overForMs }) => typeof overForMs === 'number';

export const levels = ['bad', 'warn', 'well'];

/** Where a failover would lead now; null: nowhere. */
export function refugeOf({ sites, active }) {
  const others = sites.filter(({ name }) => name !== active);
  const refuge =
    others.find(({ verdict }) => verdict === 'up') ?? others.find(({ verdict }) => verdict === 'recovering');
  return refuge?.name ?? null;
}
