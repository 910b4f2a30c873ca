import { Said, Span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html, useState } from './html.mjs';
import { isOver, levelOf, refugeOf } from './level.mjs';
import { OwnHistory } from './own-history.mjs';
import { Sites } from './sites.mjs';
import { Why } from './why.mjs';
import { language, nameOf, t } from './words.mjs';

/** One service: where it points, whether it could move, what stands in its way; and what a human may do about it. */
export function Service({ service, journal, isOpenAtFirst, order, orders }) {
  const { status, heardMs } = service;
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const [isWhy, setWhy] = useState(false);
  const level = levelOf(status);
  const id = `service-${status.record}`;
  return html`
    <section class="card level-${level}" aria-labelledby=${id}>
      <div class="head">
        <button class="fold" aria-expanded=${String(isOpen)} aria-controls=${`${id}-more`} onClick=${() => setOpen(!isOpen)}>
          <${Glyph} name=${level} size="mid" />
          <h2 id=${id}>${status.record}</h2>
        </button>
        <${Whither} status=${status} />
        <${Readiness} status=${status} />
        ${!isOpen && html`<${Chips} status=${status} />`}
      </div>
      <${Alerts} status=${status} heardMs=${heardMs} />
      ${
        isOpen &&
        html`<div id=${`${id}-more`}>
          <${Sites} status=${status} heardMs=${heardMs} order=${order} orders=${orders} />
          <${Actions} status=${status} order=${order} orders=${orders} isWhy=${isWhy} setWhy=${setWhy} />
          ${isWhy && html`<${Why} record=${status.record} />`}
          <${OwnHistory} record=${status.record} journal=${journal} />
        </div>`
      }
    </section>
  `;
}

function Whither({ status }) {
  const { active, wanted, write, generation } = status;
  return html`<p class="whither">
    <span class="key">${t('active')}</span> <b>${active ?? t('nothing')}</b>
    ${wanted !== null && wanted !== active && html` <span class="moving">→ ${wanted}</span>`}
    ${write !== 'settled' && html` <span class="tag tone-warn">${t(`write.${write}`)}</span>`}
    ${status.dryRun && html` <span class="tag">${t('dry-run')}</span>`}
    ${' '}<span class="quiet">${t('generation', { generation })}</span>
  </p>`;
}

function Readiness({ status }) {
  const refuge = refugeOf(status);
  if (status.ready)
    return html`<p class="ready tone-well"><${Glyph} name="well" />${t('ready.yes', { site: refuge ?? '' })}</p>`;
  return html`<div class="ready tone-warn">
    <p><${Glyph} name="warn" />${t('ready.no')}</p>
    <ul>
      ${language !== 'en' && html`<li>${refusing(status).join('；')}</li>`}
      ${status.readyWhy.map((why) => html`<li lang="en">${why}</li>`)}
    </ul>
  </div>`;
}

/** Which guards would refuse a failover now, were the active site down. */
function refusing({ options }) {
  const failover = options.find(({ kind }) => kind === 'failover');
  const guards = (failover?.refusals ?? []).map(({ guard }) => guard).filter((guard) => guard !== 'not-down');
  return guards.map((guard) => nameOf(`told.${guard}`) ?? guard);
}

function Chips({ status }) {
  return html`<ol class="chips" aria-label=${t('sites')}>
    ${status.sites.map(
      ({ name, verdict }) =>
        html`<li class=${name === status.active ? 'active' : ''}><${Glyph} name=${verdict} />${name} <span class="quiet">${t(`verdict.${verdict}`)}</span></li>`,
    )}
  </ol>`;
}

/** What is wrong, and what ends it: what a human must do, what a human did, what else is to be known, what is over. A hold is never without one of these. */
function Alerts({ status, heardMs }) {
  const { hold, pin } = status;
  // What a human did has a line of its own, with its time.
  const alerts = status.alerts.filter(({ code }) => !(code === 'held' && hold?.by === 'order') && code !== 'pinned');
  if (alerts.length === 0 && hold === null && pin === null) return null;
  const those = (wanted) =>
    alerts.filter(wanted).map((alert) => html`<${Alert} key=${alert.code} alert=${alert} heardMs=${heardMs} />`);
  return html`<ul class="alerts">
    ${those((alert) => alert.page && !isOver(alert))}
    ${hold !== null && html`<li class="tone-warn"><${Glyph} name="hold" /><div><b>${t('held')}</b> <span lang="en">${hold.actor ?? hold.by}: ${hold.why}</span> <${Until} ms=${hold.until} heardMs=${heardMs} />${hold.by === 'order' && html` <${End} />`}</div></li>`}
    ${pin !== null && html`<li class="tone-warn"><${Glyph} name="hold" /><div><b>${t('pinned', { site: pin.site })}</b> <span lang="en">${pin.actor ?? pin.by}: ${pin.why}</span>${pin.override?.length > 0 && html` <span class="tag">${t('overrides', { guards: pin.override.join(', ') })}</span>`} <${Until} ms=${pin.until} heardMs=${heardMs} /> <${End} /></div></li>`}
    ${those((alert) => !alert.page && !isOver(alert))}
    ${those(isOver)}
  </ul>`;
}

function Alert({ alert, heardMs }) {
  const { code, page, why, remedy, overForMs } = alert;
  const told = nameOf(`told.${code.split(':')[0]}`);
  const over = isOver(alert);
  return html`<li class=${over ? 'over tone-quiet' : page ? 'tone-bad' : 'tone-warn'}>
    <${Glyph} name=${over ? 'info' : page ? 'bad' : 'warn'} />
    <div>
      <b>${over ? html`${t('alert.over')} <${Span} ms=${overForMs} heardMs=${heardMs} />` : t(page ? 'alert.page' : 'alert')}</b> ${told !== null && html`<b>${told}</b> `}<${Said} text=${why} /> <code class="quiet">${code}</code>
      ${remedy !== '' && !over && html`<div class="remedy">${t('remedy')} <span lang="en">${remedy}</span></div>`}
    </div>
  </li>`;
}

function End() {
  return html`<span class="remedy">· ${t('remedy')} ${t('order.resume')}</span>`;
}

/** `ms`: null when nothing but a human ends it, absent when it is not known. */
function Until({ ms, heardMs }) {
  if (ms === undefined) return null;
  if (ms === null) return html`<span class="quiet">${t('until.resumed')}</span>`;
  return html`<span class="quiet">${t('until.left')} <${Span} ms=${ms} heardMs=${heardMs} left /></span>`;
}

function Actions({ status, order, orders, isWhy, setWhy }) {
  const readOnly = orders === 'nobody';
  const isHeld = status.hold?.by === 'order' || status.pin !== null;
  const isForeign = status.hold !== null && status.hold.by !== 'order';
  const isAway = status.active !== null && status.active !== status.sites[0]?.name;
  const button = (name, isShown = true) =>
    isShown &&
    orders !== null &&
    html`<button onClick=${() => order({ order: name, status })} disabled=${readOnly} aria-label=${`${t(`order.${name}`)}: ${status.record}`}>${t(`order.${name}`)}</button>`;
  return html`<div class="actions">
    <button class="why" aria-label=${`${t('why')} ${status.record}`} aria-expanded=${String(isWhy)} onClick=${() => setWhy(!isWhy)}>${t('why')}</button>
    ${button('resume', isHeld)} ${button('hold', status.hold?.by !== 'order')} ${button('failback', isAway)} ${button('adopt', isForeign)} ${button('drill')}
    ${readOnly && html`<span class="quiet">${t('read-only')}</span>`}
  </div>`;
}
