import { moment } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html } from './html.mjs';
import { t } from './words.mjs';

const glyphs = { switched: 'active', ordered: 'hold', 'order-refused': 'hold' };

/** What people were told, newest first. */
export function History({ rows, older }) {
  if (rows.length === 0) return html`<p class="quiet">${t('history.none')}</p>`;
  return html`
    <ol class="history">
      ${rows.map(
        ({ id, wallMs, record, code, text, data }) => html`<li key=${id} class=${code === 'switched' ? 'moved' : ''}>
          <time datetime=${new Date(wallMs).toISOString()}>${moment(wallMs)}</time>
          <${Glyph} name=${glyphs[code] ?? { error: 'bad', warn: 'warn' }[data.level] ?? 'info'} />
          <span class="code" lang="en">${code}</span>
          <span class="text" lang="en">${text.includes(record) ? '' : html`<b>${record}</b> `}${text}</span>
        </li>`,
      )}
    </ol>
    ${older !== undefined && html`<button onClick=${older}>${t('history.older')}</button>`}
  `;
}
