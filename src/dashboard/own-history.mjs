import { History } from './history.mjs';
import { html, useEffect, useRef, useState } from './html.mjs';
import { merged } from './journal.mjs';
import { t } from './words.mjs';

const shownRows = 20;
const againMs = 5_000;

/** The newest lines of one service: asked for when it is opened, since those of others may fill the page's own; then kept up to date by the stream. */
export function OwnHistory({ record, journal }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details class="own-history" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t('history.of', { record })}</summary>
    ${isOpen && html`<${Newest} key=${journal.breaks} record=${record} rows=${journal.rows} />`}
  </details>`;
}

/** `rows`: of all services; whoever has missed some of them asks anew, as another of its kind. */
function Newest({ record, rows }) {
  const kept = useRef([]);
  const [isKnown, setKnown] = useState(false);
  const keep = (more) => {
    kept.current = merged(kept.current, more).slice(0, shownRows);
  };
  useEffect(() => {
    let timer = null;
    let isOver = false;
    const ask = async () => {
      try {
        const answer = await fetch(`api/v1/history?kind=tell&record=${encodeURIComponent(record)}&limit=${shownRows}`);
        const { history } = await answer.json();
        keep(history);
        if (!isOver) setKnown(true);
      } catch {
        if (!isOver) timer = setTimeout(ask, againMs);
      }
    };
    ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [record]);
  keep(rows.filter((row) => row.record === record));
  if (!isKnown && kept.current.length === 0) return html`<p class="quiet">${t('connecting')}</p>`;
  return html`<${History} rows=${kept.current} />`;
}
