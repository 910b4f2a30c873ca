import { html, useEffect, useState } from './html.mjs';
import { t } from './words.mjs';

const againMs = 5_000;

/** Why the record is where it is: the answer first, then every guard with its numbers. */
export function Why({ record, heardMs }) {
  const [why, setWhy] = useState(null);
  const beat = Math.floor(heardMs / againMs);
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const answer = await fetch(`api/v1/services/${encodeURIComponent(record)}/why`);
        const body = await answer.json();
        if (!isOver) setWhy(answer.ok ? body : { answer: body.error, guards: [] });
      } catch {
        if (!isOver) setWhy({ answer: t('lost'), guards: [] });
      }
    };
    ask();
    return () => {
      isOver = true;
    };
  }, [record, beat]);
  if (why === null) return html`<p class="quiet">${t('connecting')}</p>`;
  return html`<div class="why-panel" lang="en"><p class="answer">${why.answer}</p></div>`;
}
