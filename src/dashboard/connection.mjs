import { createJournal } from './journal.mjs';

/** Silence longer than two heartbeats and a bit is a lost connection, whatever the browser thinks. */
const silenceMs = 35_000;
const againMs = 5_000;
/** What comes at once is drawn at once. */
const soonMs = 20;

/** Everything the page knows: kept up to date by the stream of events, by asking where there is none. */
export function createConnection(changed) {
  const known = {
    services: new Map(),
    journal: createJournal(changed),
    isLive: false,
    /** Nobody looks at the page. */
    isHidden: false,
    heardMs: null,
    /** Who may give orders; null: not known yet. */
    orders: null,
    version: null,
    /** The daemon runs on other settings than are written: since when, and why. */
    refused: null,
  };
  let source = null;
  let openedMs = 0;
  let again = null;
  let soon = null;

  function changedSoon() {
    if (soon !== null) return;
    soon = setTimeout(() => {
      soon = null;
      changed();
    }, soonMs);
  }

  function heard() {
    known.heardMs = performance.now();
    known.isLive = true;
  }

  function take({ at, version, orders = null, services, records, reloadRefused }) {
    // The daemon was updated: its page, too. Not while somebody is writing an order.
    const isNewer = known.version !== null && version !== known.version;
    if (isNewer && document.querySelector('dialog[open]') === null) location.reload();
    known.version ??= version;
    known.orders = orders;
    heard();
    known.offsetMs = at - Date.now();
    known.refused = reloadRefused && { ...reloadRefused, heardMs: known.heardMs };
    for (const status of services) known.services.set(status.record, { status, heardMs: known.heardMs });
    if (records === undefined) return;
    known.services = new Map(
      records.flatMap((record) => (known.services.has(record) ? [[record, known.services.get(record)]] : [])),
    );
  }

  function open() {
    clearTimeout(again);
    source?.close();
    openedMs = performance.now();
    // What was told since the history was asked for is missed otherwise, be it the very first line.
    source = new EventSource(`api/v1/events?after=${known.journal.rows[0]?.id ?? 0}`);
    const on = (name, use) =>
      source.addEventListener(name, (event) => {
        use(JSON.parse(event.data));
        changedSoon();
      });
    on('status', take);
    on('beat', heard);
    on('journal', known.journal.add);
    on('gap', known.journal.gap);
    source.onerror = () => {
      known.isLive = false;
      // The browser asks again by itself unless it was refused.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(ask, againMs);
      changed();
    };
  }

  /** Where no stream is to be had (too many watch): one answer now and then. */
  async function ask() {
    try {
      const answer = await fetch('api/v1/status');
      const body = await answer.json();
      take({ ...body, records: body.services.map(({ record }) => record) });
    } catch {
      known.isLive = false;
    }
    changed();
    open();
  }

  setInterval(() => {
    const nowMs = performance.now();
    if (document.hidden || nowMs - Math.max(known.heardMs ?? 0, openedMs) < silenceMs) return;
    known.isLive = false;
    changed();
    open();
  }, againMs);
  // A page that nobody sees keeps no place from those who look; what it would show is asked for anew.
  document.addEventListener('visibilitychange', () => {
    known.isHidden = document.hidden;
    if (document.hidden) source?.close();
    else open();
    changed();
  });

  known.journal.older().then(ask);
  return known;
}
