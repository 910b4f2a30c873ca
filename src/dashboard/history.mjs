import { Chain } from './chain.mjs';
import { Moment, Said, span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html, useMemo, useState } from './html.mjs';
import { mostRows } from './journal.mjs';
import { language, locale, nameOf, t } from './words.mjs';

const glyphs = { switched: 'active', ordered: 'hold', 'order-refused': 'hold', 'order-expired': 'hold' };
/** Lines of a change: its whole way can be told. */
const ofChanges = ['decided', 'switched', 'fenced', 'dropped'];

/** What people were told, newest first. `isOfMany`: of several services, so that each line names its own. */
export function History({ rows, isOfMany = false }) {
  // Thousands of lines are not drawn again for every probe. At midnight they are: only another day's have a date.
  const today = new Date().toISOString().slice(0, 10);
  return useMemo(() => {
    if (rows.length === 0) return html`<p class="quiet">${t('history.none')}</p>`;
    return html`<ol class="history">
      ${rows.map((row) => html`<${Row} key=${row.id} row=${row} isOfMany=${isOfMany} />`)}
    </ol>`;
  }, [rows, isOfMany, today]);
}

/** The way to older lines; where the page keeps no more of them, to whoever does. */
export function Older({ journal: { rows, isMore, older } }) {
  if (!isMore || rows.length === 0) return null;
  if (rows.length < mostRows) return html`<button onClick=${older}>${t('history.older')}</button>`;
  return html`<p class="quiet">${t('history.rest', { n: mostRows.toLocaleString(locale) })}</p>`;
}

function Row({ row, isOfMany }) {
  const { wallMs, record, code, text, data } = row;
  const [isOpen, setOpen] = useState(false);
  const { generation } = data;
  const short = language === 'en' ? null : inShort(row);
  return html`<li class=${code === 'switched' ? 'moved' : ''}>
    <${Moment} wallMs=${wallMs} />
    <${Glyph} name=${glyphs[code] ?? glyphOf(row)} />
    <span class="code" title=${code}>${nameOf(`event.${code}`) ?? code}</span>
    <div class="text">
      ${isOfMany && record !== '' && html`<b>${record}</b> `}${short !== null && html`${short}<br />`}<${Said} text=${text} />
      ${
        ofChanges.includes(code) &&
        Number.isInteger(generation) &&
        html` <button class="small" aria-expanded=${String(isOpen)} aria-label=${`${t('chain.open')} ${t('generation', { generation })}, ${record}`} onClick=${() => setOpen(!isOpen)}>${t('chain.open')}</button>
          ${isOpen && html`<${Chain} record=${record} generation=${generation} />`}`
      }
    </div>
  </li>`;
}

/** As grave as it was told; a decision that no failure forced is no warning. */
function glyphOf({ code, data }) {
  if (code === 'decided' && data.kind !== 'failover') return 'info';
  return { error: 'bad', warn: 'warn' }[data.level] ?? 'info';
}

/** A line of the history in the reader's words, as far as its data tells it; null: not. */
function inShort({ code, data }) {
  const { kind, from, to, tookMs } = data;
  switch (code) {
    case 'alert':
    case 'cleared': {
      const [what, site] = String(data.alert).split(':');
      const told = nameOf(`told.${what}`);
      return told === null ? null : `${told}${site === undefined ? '' : `：${site}`}`;
    }
    case 'decided':
    case 'switched':
    case 'fenced': {
      const took = typeof tookMs === 'number' ? `，${span(tookMs)}` : '';
      return `${t(`change.${kind}`)}：${from ?? t('nothing')} → ${to}${took}`;
    }
    case 'ordered':
    case 'order-refused':
      return `${t(`order.${data.order}`)}${data.site === undefined ? '' : ` → ${data.site}`}（${data.actor}）`;
    default:
      return null;
  }
}
