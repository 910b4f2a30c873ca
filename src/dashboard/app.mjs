import { createConnection } from './connection.mjs';
import { History, Older } from './history.mjs';
import { html, render, useEffect, useReducer, useRef, useState } from './html.mjs';
import { levelOf, levels } from './level.mjs';
import { Order } from './order.mjs';
import { Service } from './service.mjs';
import { Summary } from './summary.mjs';
import { language, locale, t } from './words.mjs';

/** So many services are shown open; of more, only those that are not well. Those in trouble come first. */
const openUpTo = 6;
const filterFrom = 9;

function App() {
  const [, draw] = useReducer((count) => count + 1, 0);
  const connection = useRef(null);
  const [asked, setAsked] = useState(null);
  const [answer, setAnswer] = useState(null);
  const [filter, setFilter] = useState('');
  useEffect(() => {
    connection.current = createConnection(draw);
    draw();
  }, []);
  if (connection.current === null) return null;
  const known = connection.current;
  const services = [...known.services.values()].filter(({ status }) =>
    status.record.includes(filter.trim().toLowerCase()),
  );
  const close = (text) => {
    setAsked(null);
    if (text !== null) setAnswer(text);
  };

  return html`
    <${Summary} known=${known} />
    <main class="wide">
      <div class="answer" role="status">${answer !== null && html`<p class="answered tone-well"><span lang="en">${answer}</span> <button onClick=${() => setAnswer(null)}>${t('dismiss')}</button></p>`}</div>
      ${known.services.size >= filterFrom && html`<label class="filter">${t('filter')}<input type="search" value=${filter} onInput=${(event) => setFilter(event.currentTarget.value)} /></label>`}
      <div class="cards">
        ${worstFirst(services).map(
          (service) => html`<${Service}
            key=${service.status.record}
            service=${service}
            journal=${known.journal}
            isOpenAtFirst=${known.services.size <= openUpTo || levelOf(service.status) !== 'well'}
            order=${setAsked}
            orders=${known.orders}
          />`,
        )}
      </div>
      <section class="card" aria-labelledby="history">
        <h2 id="history">${t('history')}</h2>
        <${History} rows=${known.journal.rows} isOfMany=${known.services.size > 1} />
        <${Older} journal=${known.journal} />
      </section>
    </main>
    <footer class="wide">
      <span>failoverd ${known.version ?? ''}</span>
      <a href=${language === 'zh' ? '?lang=en' : '?lang=zh'} lang=${language === 'zh' ? 'en' : 'zh-CN'} hreflang=${language === 'zh' ? 'en' : 'zh-CN'}>${language === 'zh' ? 'English' : '中文'}</a>
    </footer>
    ${asked !== null && html`<${Order} asked=${asked} close=${close} />`}
  `;
}

function worstFirst(services) {
  return services.toSorted((a, b) => levels.indexOf(levelOf(a.status)) - levels.indexOf(levelOf(b.status)));
}

document.documentElement.lang = locale;
render(html`<${App} />`, document.getElementById('app'));
