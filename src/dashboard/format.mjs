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

const local = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' });

/** The time of day in UTC, as the journal and the command line say it; with the day when it is not today's. */
export function moment(wallMs) {
  const [day, time] = new Date(wallMs).toISOString().split('T');
  const isToday = day === new Date().toISOString().slice(0, 10);
  return `${isToday ? '' : `${day} `}${time.slice(0, 8)}Z`;
}

/** A moment in UTC; where the reader is, for who points at it. */
export function Moment({ wallMs }) {
  const at = new Date(wallMs);
  return html`<time datetime=${at.toISOString()} title=${local.format(at)}>${moment(wallMs)}</time>`;
}

/** What somebody else wrote: breaks where an address may, and is whole for who points at it. */
export function Said({ text }) {
  const parts = text.split(/(?<=[/?&;,=])(?<!:\/\/)(?=[^/?&;,= ])/);
  return html`<span lang="en" title=${text}>${parts.map((part, index) => (index === 0 ? part : html`<wbr />${part}`))}</span>`;
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
