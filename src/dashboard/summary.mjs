import { moment, Said, Span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html, useEffect } from './html.mjs';
import { levelOf, levels } from './level.mjs';
import { t } from './words.mjs';

/** The first thing seen: is everything well, and could we fail over right now? */
export function Summary({ known }) {
  const statuses = [...known.services.values()].map(({ status }) => status);
  const count = (level) => statuses.filter((status) => levelOf(status) === level).length;
  const counts = { all: statuses.length, bad: count('bad'), warn: count('warn') };
  const isKnown = known.heardMs !== null;
  const level = !isKnown ? 'unknown' : (levels.find((one) => count(one) > 0) ?? 'unknown');
  const ready = statuses.filter((status) => status.ready).length;
  const one = statuses.length === 1 ? '.one' : '';
  const headline = !isKnown ? 'summary.waiting' : statuses.length === 0 ? 'summary.none' : `summary.${level}${one}`;
  const detail =
    level === 'unknown'
      ? ''
      : t(ready === statuses.length ? `ready.all${one}` : `ready.some${one}`, { ready, ...counts });

  useEffect(() => {
    const sign = known.isHidden ? '…' : !known.isLive ? '?' : { well: '✓', warn: '!', bad: '✕' }[level];
    document.title = `${sign ?? '…'} failoverd`;
    document.querySelector('link[rel=icon]').href = icon(known.isLive ? level : 'unknown');
  });

  return html`
    <header class="summary level-${known.isLive ? level : 'unknown'}">
      <div class="wide">
        <${Glyph} name=${level} size="big" />
        <div class="say" role="status">
          <h1>${t(headline, counts)}</h1>
          <p>${detail}</p>
        </div>
        <${Link} known=${known} />
      </div>
      ${isKnown && !known.isLive && html`<p class="stale wide" role="alert">${t('stale', { time: moment(Date.now() + known.offsetMs - (performance.now() - known.heardMs)) })}</p>`}
      ${known.refused && html`<p class="refused wide" role="status">${t('reload.refused')} <${Span} ms=${known.refused.agoMs} heardMs=${known.refused.heardMs} />: <${Said} text=${known.refused.why} /></p>`}
    </header>
  `;
}

function Link({ known }) {
  if (known.isLive) return html`<p class="link"><span class="pulse"></span>${t('live')}</p>`;
  if (known.heardMs === null) return html`<p class="link">${t('connecting')}</p>`;
  return html`<p class="link"><span class="pulse lost"></span>${t('lost')} <${Span} ms=${0} heardMs=${known.heardMs} /></p>`;
}

const colours = { well: '#1a7f37', warn: '#bf8700', bad: '#cf222e', unknown: '#6e7781' };
const outlines = {
  well: '<circle cx="8" cy="8" r="8"',
  warn: '<path d="M8 0 16 15H0Z"',
  bad: '<rect width="16" height="16" rx="2"',
  unknown: '<circle cx="8" cy="8" r="6"',
};

function icon(level) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${outlines[level]} fill="${colours[level]}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
