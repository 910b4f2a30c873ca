import { span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html, useEffect, useState } from './html.mjs';
import { t } from './words.mjs';

const againMs = 5_000;
const kinds = ['failover', 'failback'];

/** Why the record is where it is: the answer first, then what could come next, then every guard with its numbers. */
export function Why({ record }) {
  const [why, setWhy] = useState(null);
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const answer = await fetch(`api/v1/services/${encodeURIComponent(record)}/why`);
        const body = await answer.json();
        if (!isOver) setWhy(answer.ok ? body : { answer: body.error });
      } catch {
        // What is shown stays; the head of the page tells that the connection is lost.
      }
    };
    ask();
    const timer = setInterval(ask, againMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [record]);
  if (why === null) return html`<p class="quiet">${t('connecting')}</p>`;
  return html`<div class="why-panel">
    <p class="answer" lang="en">${why.answer}</p>
    ${why.earliest?.map((one) => html`<${Earliest} one=${one} />`)}
    ${why.guards !== undefined && html`<div class="guards">${kinds.map((kind) => html`<${Guards} kind=${kind} guards=${why.guards[kind]} />`)}</div>`}
  </div>`;
}

/** One move that could come by itself, when, and on what condition. */
function Earliest({ one }) {
  const { kind, to, inMs, waitsFor, given } = one;
  const when = inMs === null ? t('why.not-by-itself') : inMs === 0 ? t('why.now') : t('why.in', { time: span(inMs) });
  return html`<p class="earliest">
    <b>${t(`why.${kind}`)}</b>${to === null ? '' : ` → ${to}`}: ${when} <span class="quiet" lang="en">(${waitsFor.length > 0 ? waitsFor.join('; ') : given})</span>
  </p>`;
}

/** Those that refuse first. */
function Guards({ kind, guards }) {
  const sorted = guards.toSorted((a, b) => b.verdict.localeCompare(a.verdict));
  return html`<section>
    <h3>${t('why.guards', { kind: t(`why.${kind}`) })}</h3>
    <ul>
      ${sorted.map(
        ({ guard, verdict, why, clears }) => html`<li>
          <${Glyph} name=${verdict} />
          <div><span class="quiet">${t(`why.${verdict}`)}</span> <span lang="en"><b>${guard}</b> ${why}</span>${clears !== null && html` <span class="quiet">${t('why.clears')} <span lang="en">${clears}</span></span>`}</div>
        </li>`,
      )}
    </ul>
  </section>`;
}
