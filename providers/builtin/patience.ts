/** A promise that resolves to null when the time is up or the signal says so; `giveUp` frees what it holds. */
export function patience(
  ms: number,
  signal: AbortSignal,
): { readonly promise: Promise<null>; readonly giveUp: () => void } {
  let giveUp = (): void => undefined;
  const promise = new Promise<null>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(null);
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    giveUp = end;
  });
  return { promise, giveUp };
}
