import { html, useLayoutEffect, useRef, useState } from './html.mjs';
import { giveOrder, remembered } from './orders.mjs';
import { t } from './words.mjs';

const forSites = ['switch', 'drill'];
/** Of what ends by itself, the usual one first; empty: no limit. */
const times = {
  hold: ['', '30m', '2h', '8h', '24h'],
  switch: ['', '30m', '2h', '8h', '24h'],
  drill: ['10m', '30m', '2h', ''],
  failback: ['', '10m', '30m', '2h'],
};
/** More than blanks. */
const some = '.*\\S.*';

/** Asks for the reason and the token, says what will follow, and gives the order. */
export function Order({ asked, close }) {
  const { order, status } = asked;
  const dialog = useRef(null);
  const { token: kept, actor } = remembered();
  const others = status.sites.filter(({ name }) => name !== status.active).map(({ name }) => name);
  const [site, setSite] = useState(asked.site ?? others[0]);
  const [said, setSaid] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [needsToken, setNeedsToken] = useState(kept === null);
  const to = order === 'failback' ? status.sites[0]?.name : site;
  const values = { record: status.record, site: to, from: status.active ?? t('nothing') };

  useLayoutEffect(() => {
    dialog.current.showModal();
  }, []);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name) => String(form.get(name) ?? '').trim();
    setBusy(true);
    const answer = await giveOrder(
      status.record,
      {
        order,
        reason: text('reason'),
        ...(forSites.includes(order) ? { site } : {}),
        ...(text('for') === '' ? {} : { for: text('for') }),
        actor: text('actor'),
        ...(form.getAll('override').length === 0 ? {} : { override: form.getAll('override') }),
      },
      needsToken ? text('token') : (kept ?? ''),
    );
    setBusy(false);
    if (answer.code === 'token') setNeedsToken(true);
    else setNeedsToken(remembered().token === null);
    if (answer.code === 'done') close(answer.text);
    else setSaid(answer);
  }

  return html`<dialog ref=${dialog} aria-labelledby="order-title" onClose=${() => close(null)}>
    <form onSubmit=${submit}>
      <h2 id="order-title">${t(`order.${order}.title`, values)}</h2>
      <p>${t(`order.${order}.then`, values)}</p>
      ${
        forSites.includes(order) &&
        asked.site === undefined &&
        html`<label>${t('field.site')}<select value=${site} onChange=${(event) => setSite(event.currentTarget.value)}>${others.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>`
      }
      <label>${t('field.reason')}<input name="reason" required pattern=${some} maxlength="300" autocomplete="off" placeholder=${t('field.reason.example')} /></label>
      ${
        times[order] !== undefined &&
        html`<label>${t('field.for')}<select name="for">${times[order].map((time) => html`<option value=${time}>${t(`for.${time || (order === 'failback' ? 'arrived' : 'ever')}`)}</option>`)}</select></label>`
      }
      <label>${t('field.actor')}<input name="actor" required pattern=${some} maxlength="100" autocomplete="name" defaultValue=${actor} /><small>${t('field.actor.kept')}</small></label>
      ${needsToken && html`<label>${t('field.token')}<input name="token" type="password" required autocomplete="off" /><small>${t('field.token.kept')}</small></label>`}
      <div role="alert">
        ${said !== null && html`<p class="refusal tone-bad"><b>${t(`order.${said.code}`)}</b> <span lang="en">${said.text}</span></p>`}
      </div>
      ${typeof said?.override === 'string' && html`<label class="check"><input type="checkbox" name="override" value=${said.override} />${t('override', { guard: said.override })}</label>`}
      <div class="buttons">
        <button type="button" onClick=${() => dialog.current.close()}>${t('cancel')}</button>
        <button class="primary" disabled=${isBusy}>${t(`order.${order}.do`, values)}</button>
      </div>
    </form>
  </dialog>`;
}
