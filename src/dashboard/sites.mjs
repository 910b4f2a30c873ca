import { latency, Said, Span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html } from './html.mjs';
import { highestOf, Strip, useStrips } from './strip.mjs';
import { nameOf, t } from './words.mjs';

/** The sites in their order of priority, each with its verdict, what the last probe saw, and the last hour. */
export function Sites({ status, heardMs, order, orders }) {
  const [strips, place] = useStrips(status);
  return html`<div class="sites" ref=${place}>
    <ol>
      ${status.sites.map(
        (site, index) => html`<li key=${site.name} class=${site.name === status.active ? 'site active' : 'site'}>
          <${Name} site=${site} index=${index} isActive=${site.name === status.active} />
          <${Verdict} site=${site} heardMs=${heardMs} />
          <${Last} site=${site} />
          <${Strip} name=${site.name} strips=${strips} />
          <div class="do">
            ${
              site.name !== status.active &&
              orders !== null &&
              html`<button disabled=${orders === 'nobody'} aria-label=${`${t('order.switch')}: ${site.name}, ${status.record}`} onClick=${() => order({ order: 'switch', site: site.name, status })}>${t('order.switch')}</button>`
            }
          </div>
          <${Failure} site=${site} heardMs=${heardMs} />
        </li>`,
      )}
    </ol>
    <p class="legend" aria-hidden="true">
      <span><i class="key-line"></i>${t('legend.latency')}</span><span><i class="key-fail"></i>${t('legend.fail')}</span><span><i class="key-unknown"></i>${t('legend.unknown')}</span><span><i class="key-switch"></i>${t('legend.switch')}</span>
      <span class="axis">${t('legend.span', { highest: strips === null ? '…' : latency(highestOf(strips)) })}</span>
    </p>
  </div>`;
}

function Name({ site, index, isActive }) {
  return html`<div class="name">
    <span class="rank">${index + 1}</span>
    <div>
      <b>${site.name}</b>
      ${isActive && html` <span class="tag now"><${Glyph} name="active" />${t('active.here')}</span>`}
      <span class="addresses">${site.addresses.join(' ')}</span>
    </div>
  </div>`;
}

function Verdict({ site, heardMs }) {
  const { verdict, disputed, forMs, gates } = site;
  const shut = gates.filter(({ open }) => !open);
  return html`<div class="verdict">
    <span class=${`tone-${{ up: 'well', recovering: 'warn', down: 'bad', unknown: 'quiet' }[verdict]}`}><${Glyph} name=${verdict} /><b>${t(`verdict.${verdict}`)}</b></span>
    ${' '}<${Span} ms=${forMs} heardMs=${heardMs} />
    ${disputed && html` <span class="tag tone-warn">${t('disputed')}</span>`}
    ${shut.map(({ name, why }) => html`<div class="tone-warn">${t('gate.shut', { name })} <span lang="en">${why}</span></div>`)}
  </div>`;
}

/** What the newest probe saw. */
function Last({ site: { last, health } }) {
  if (last === null) return html`<div class="last quiet">${t('probe.none')}</div>`;
  if (last.result === 'pass') return html`<div class="last number">${latency(last.latencyMs)}</div>`;
  const isFailing = last.result === 'fail';
  return html`<div class=${`last poor ${isFailing ? 'tone-bad' : 'quiet'}`}>${t(`probe.${last.result}`, { times: health.fails })}${isFailing && html` ${nameOf(`class.${last.class}`) ?? last.class}`}</div>`;
}

/** Why the newest probe was none that passed; after a failure also what it was, until it is long past. */
function Failure({ site: { last, lastFail }, heardMs }) {
  if (last !== null && last.result !== 'pass') return html`<div class="said"><${Said} text=${last.why} /></div>`;
  if (lastFail === null || lastFail.agoMs >= 3_600_000) return null;
  return html`<div class="said">${t('probe.before')} <${Span} ms=${lastFail.agoMs} heardMs=${heardMs} /> ${t('probe.before.end')} <${Said} text=${lastFail.why} /></div>`;
}
