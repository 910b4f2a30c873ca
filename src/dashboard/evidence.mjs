import { Said, span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html } from './html.mjs';
import { nameOf, t } from './words.mjs';

/** What is known of every site: as it stands now, stood at a past moment, or lay before a decision. */
export function Evidence({ sites, needed }) {
  return html`<ul class="evidence">
    ${sites.map((site) => html`<${Site} key=${site.name} site=${site} needed=${needed} />`)}
  </ul>`;
}

function Site({ site, needed }) {
  const { name, verdict = site.vote, disputed = false, votes = [], count, serves, servesNot } = site;
  return html`<li>
    <h4><${Glyph} name=${verdict} />${name} <span class="quiet">${t(`verdict.${verdict}`)}${disputed && html` · ${t('disputed')}`}</span></h4>
    <p>${inNumbers(site)}</p>
    ${votes.length > 0 && html`<p>${t('evidence.votes')} ${votes.map((vote, index) => html`${index === 0 ? '' : ' · '}<${Vote} vote=${vote} />`)}</p>`}
    ${count !== undefined && html`<p>${t('evidence.count', { ...count, needed })}</p>`}
    ${serves !== undefined && html`<p>${serves === null ? html`${t('evidence.serves-not')} <${Said} text=${servesNot ?? ''} />` : t('evidence.serves')}</p>`}
    <${Failures} site=${site} />
  </li>`;
}

/** The counters of this node's own probes. */
function inNumbers({ health, forMs, ...site }) {
  const { passes, fails, failRatio, ring, since: sinceMs } = health ?? { ...site, since: forMs };
  const streak = fails > 0 ? t('evidence.fails', { n: fails }) : t('evidence.passes', { n: passes });
  const since = typeof sinceMs === 'number' ? t('evidence.for', { time: span(sinceMs) }) : null;
  const percent = Math.round((failRatio ?? 0) * 100);
  const ratio =
    failRatio === null
      ? null
      : ring === undefined
        ? t('evidence.ratio', { percent })
        : t('evidence.ratio.of', { percent, of: ring.length });
  return [streak, since, ratio].filter((part) => part !== null).join(' · ');
}

function Vote({ vote: { vantage, domain = vantage, vote, ageMs } }) {
  return html`<span><b>${vantage}</b>${domain === vantage ? '' : ` (${domain})`} ${t(`verdict.${vote}`)} <span class="quiet">${t('ago', { time: span(ageMs) })}</span></span>`;
}

function Failures({ site: { lastFailures, lastFail } }) {
  const failures = lastFailures ?? (lastFail == null ? [] : [lastFail]);
  if (failures.length === 0) return null;
  return html`<ul>
    ${failures.map((one) => html`<li><span class="tone-bad">${nameOf(`class.${one.class}`) ?? one.class}</span>${one.agoMs === undefined ? '' : ` ${t('ago', { time: span(one.agoMs) })}`}: <${Said} text=${one.why} /></li>`)}
  </ul>`;
}

/** Rules that may refuse a move, those that do first: which, what it is about, and its numbers. */
export function Guards({ guards }) {
  const sorted = guards.toSorted((a, b) => (b.verdict ?? '').localeCompare(a.verdict ?? ''));
  return html`<ul>
    ${sorted.map(
      ({ guard, verdict = 'refuses', why, clears = null }) => html`<li class="guard">
        <${Glyph} name=${verdict} />
        <div>
          <span class="quiet">${t(`why.${verdict}`)}</span> <b>${nameOf(`${verdict === 'passes' ? 'guard' : 'told'}.${guard}`)} <code>${guard}</code></b>
          <div><${Said} text=${why} />${clears !== null && clears !== '' && html` <span class="quiet">${t('why.clears')} <${Said} text=${clears} /></span>`}</div>
        </div>
      </li>`,
    )}
  </ul>`;
}
