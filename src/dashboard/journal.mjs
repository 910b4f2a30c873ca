/** So many lines come with each question. */
const pageRows = 100;
/** More would make the page slow; `failoverd history` has the rest. */
export const mostRows = 5_000;

/** What people were told, without a hole: the stream adds to its head, who looks on asks for more at its end. */
export function createJournal(changed) {
  let turn = Promise.resolve();
  /** The stream left lines out before the next one that it brings. */
  let isGap = false;
  const journal = {
    /** Newest first. */
    rows: [],
    /** Whether there are older ones. */
    isMore: true,
    /** How often the rows began anew. */
    breaks: 0,
    /** From the stream. */
    add(row) {
      if (isGap) {
        journal.rows = [];
        journal.isMore = true;
        journal.breaks += 1;
      }
      isGap = false;
      join([row]);
    },
    gap() {
      isGap = true;
    },
    /** Brings the next lines, one question after the other. */
    older() {
      turn = turn.then(ask);
      return turn;
    },
  };

  function join(more) {
    journal.rows = merged(journal.rows, more);
    if (journal.rows.length <= mostRows) return;
    journal.rows = journal.rows.slice(0, mostRows);
    journal.isMore = true;
  }

  async function ask() {
    const limit = Math.min(pageRows, mostRows - journal.rows.length);
    const oldest = journal.rows.at(-1)?.id;
    if (limit <= 0 || !journal.isMore) return;
    const before = oldest === undefined ? '' : `&before=${oldest}`;
    try {
      // One more tells whether there are more.
      const answer = await fetch(`api/v1/history?kind=tell&limit=${limit + 1}${before}`);
      const { history } = await answer.json();
      // The rows began anew meanwhile: these are not the next ones.
      if (journal.rows.at(-1)?.id !== oldest) return ask();
      journal.isMore = history.length > limit;
      join(history.slice(0, limit));
    } catch {
      // The button stays. The head of the page tells that the connection is lost.
    }
    changed();
  }

  return journal;
}

/** Each row once, newest first. */
export function merged(rows, more) {
  const ids = new Set(rows.map(({ id }) => id));
  return [...rows, ...more.filter(({ id }) => !ids.has(id))].sort((a, b) => b.id - a.id);
}
