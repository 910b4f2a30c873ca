import type { ScreenHost } from './screen';

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGTSTP' | 'SIGCONT';

/** The terminal or pipe of this process as a screen; `stop` stops the process as Ctrl-Z would. */
export function screenHost(
  stdout: NodeJS.WriteStream,
  on: (signal: Signal, run: () => void) => void,
  stop: () => void,
): ScreenHost {
  return {
    write: (text) => void stdout.write(text),
    size: () => (stdout.isTTY === true ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : null),
    onResize: (run) => void stdout.on('resize', run),
    onEnd(run) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) on(signal, run);
      // The reader of the pipe, or the terminal, is gone.
      stdout.on('error', run);
    },
    onSuspend(before, after) {
      on('SIGTSTP', () => {
        before();
        stop();
      });
      on('SIGCONT', after);
    },
  };
}
