import { useEffect, useState } from './html.mjs';

/** What `…/why` answers to this question: null until it came, and `{ error }` when it was refused. `everyMs`: it is asked again. */
export function useAnswer(record, query, everyMs = null) {
  const [known, setKnown] = useState({ query: null, answer: null });
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const answer = await fetch(`api/v1/services/${encodeURIComponent(record)}/why${query}`);
        const body = await answer.json();
        if (!isOver) setKnown({ query, answer: body });
      } catch {
        // What is shown stays; the head of the page tells that the connection is lost.
      }
    };
    ask();
    const timer = everyMs === null ? null : setInterval(ask, everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [record, query]);
  return known.query === query ? known.answer : null;
}
