/** What `systemctl status` shows. */
export function statusLine(
  statuses: readonly {
    readonly record: string;
    readonly active: string | null;
    readonly write: string;
    readonly ready: boolean;
  }[],
): string {
  const [first] = statuses;
  if (statuses.length !== 1 || first === undefined) {
    return `${statuses.length} services, ${statuses.filter((one) => one.ready).length} ready to fail over`;
  }
  const ready = first.ready ? 'ready to fail over' : 'NOT ready to fail over';
  return `${first.record} → ${first.active ?? 'nothing'} (${first.write}), ${ready}`;
}
