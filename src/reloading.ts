import type { Clock, JournalLine, RefusedReload } from './control/ports';

/** Whether the newest reload was refused: an alert of the daemon itself, until one is taken. */
export interface Reloading {
  refused(): RefusedReload | null;
  /** What became of a reload; null: it was taken. */
  tell(why: string | null): void;
}

export const refusedCode = 'reload-refused';

export function createReloading(
  store: { journal(record: string, lines: readonly JournalLine[]): unknown },
  clock: Pick<Clock, 'nowMs' | 'wallMs'>,
): Reloading {
  let last: { readonly atMs: number; readonly why: string } | null = null;

  function line(code: 'alert' | 'cleared', text: string, level: string, page: boolean): void {
    const remedy = 'put it right: failoverd check with the new environment; then reload again';
    const data = { level, page, alert: refusedCode, remedy };
    store.journal('', [{ atMs: clock.nowMs(), wallMs: clock.wallMs(), kind: 'tell', code, text, data }]);
  }

  return {
    refused: () => (last === null ? null : { agoMs: clock.nowMs() - last.atMs, why: last.why }),
    tell(why) {
      const was = last;
      last = why === null ? null : { atMs: clock.nowMs(), why };
      if (why !== null) line('alert', `the reload was refused, the old settings go on: ${why}`, 'error', true);
      else if (was !== null) line('cleared', 'over: a new configuration was taken', 'info', false);
    },
  };
}
