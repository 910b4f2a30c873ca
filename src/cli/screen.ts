import { cut } from './width';

/** The process, as a screen needs it; `main.ts` has the real one. */
export interface ScreenHost {
  write(text: string): void;
  /** Null: it is no terminal. */
  size(): { readonly columns: number; readonly rows: number } | null;
  onResize(run: () => void): void;
  /** To end: Ctrl-C, a signal, the terminal or the reader of the pipe is gone. */
  onEnd(run: () => void): void;
  /** Ctrl-Z: `before` is run, then the process stops; `after` when it goes on. */
  onSuspend(before: () => void, after: () => void): void;
}

/** A terminal that is drawn on in place, and left as it was. */
export interface Screen {
  readonly isTty: boolean;
  readonly columns: () => number | null;
  /** The whole picture, one line each: cut to the terminal, the lines that do not fit counted in the last. */
  draw(lines: readonly string[]): void;
  write(text: string): void;
  /** Until the time is over or the terminal has another size. */
  wait(ms: number): Promise<'again' | 'end'>;
  close(): void;
}

/** xterm's control sequences (ctlseqs, 2025-05-06): alternate screen and cursor, to the top, clear to the end of the line, of the screen. */
const sequences = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  top: '\u001b[H',
  restOfLine: '\u001b[K',
  restOfScreen: '\u001b[J',
} as const;

/** Takes over the terminal until `close`. In a pipe nothing is drawn. */
export function openScreen(host: ScreenHost): Screen {
  let ended = false;
  let picture: readonly string[] = [];
  let wake = (): void => undefined;
  const isTty = host.size() !== null;
  const enter = (): void => {
    if (isTty) host.write(sequences.enter);
  };
  const leave = (): void => {
    if (isTty) host.write(sequences.leave);
  };
  const draw = (lines: readonly string[]): void => {
    picture = lines;
    const { columns, rows } = host.size() ?? { columns: 80, rows: 24 };
    const hidden = lines.length - rows;
    const shown = hidden <= 0 ? lines : [...lines.slice(0, rows - 1), `… ${hidden + 1} more lines`];
    const text = shown.map((line) => `${cut(line, columns)}${sequences.restOfLine}`).join('\r\n');
    host.write(`${sequences.top}${text}${sequences.restOfScreen}`);
  };
  host.onResize(() => wake());
  host.onEnd(() => {
    ended = true;
    wake();
  });
  host.onSuspend(leave, () => {
    enter();
    if (isTty) draw(picture);
  });
  enter();
  return {
    isTty,
    columns: () => host.size()?.columns ?? null,
    draw,
    write: (text) => host.write(text),
    async wait(ms) {
      if (!ended) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return ended ? 'end' : 'again';
    },
    close: leave,
  };
}
