import { html, useEffect, useReducer } from './html.mjs';
import { locale, t } from './words.mjs';

/** A length of time as people say it, no finer than it matters. */
export function span(ms) {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return t('seconds', { n: Number(seconds.toFixed(seconds < 1 ? 1 : 0)) });
  if (seconds < 90) return t('seconds', { n: Math.round(seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return t('minutes', { n: minutes });
  const hours = Math.round(minutes / 60);
  return hours < 48 ? t('hours', { n: hours }) : t('days', { n: Math.round(hours / 24) });
}

/** How long an answer took. */
export function latency(ms) {
  if (ms >= 9_950) return t('seconds', { n: Math.round(ms / 1_000) });
  if (ms >= 1_000) return t('seconds', { n: (ms / 1_000).toFixed(1) });
  return t('milliseconds', { n: ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms) });
}

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const date = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });

/** The time of day; with the day when it is not today's. */
export function moment(wallMs) {
  const at = new Date(wallMs);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? clock.format(at) : `${date.format(at)} ${clock.format(at)}`;
}

const tickers = new Set();
setInterval(() => {
  for (const tick of tickers) tick();
}, 1_000);

/** Draws whoever calls it again every second. */
export function useSeconds() {
  const [, tick] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    tickers.add(tick);
    return () => tickers.delete(tick);
  }, []);
}

/** What was so long ago when we heard of it, and grows; `left`: what was so long ahead, and shrinks. */
export function Span({ ms, heardMs, left = false }) {
  useSeconds();
  const sinceMs = performance.now() - heardMs;
  return html`<span class="number">${span(left ? ms - sinceMs : ms + sinceMs)}</span>`;
}
