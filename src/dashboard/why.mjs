import { useAnswer } from './asked.mjs';
import { Evidence, Guards } from './evidence.mjs';
import { Moment, Said, span } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html, useState } from './html.mjs';
import { language, nameOf, t } from './words.mjs';

const againMs = 5_000;
const kinds = ['failover', 'failback'];

/** Why the record is where it is, or was at a past moment: the answer first, then what it rests on. */
export function Why({ record }) {
  const [at, setAt] = useState('');
  const isPast = at !== '';
  const why = useAnswer(record, isPast ? `?at=${encodeURIComponent(at)}` : '', isPast ? null : againMs);
  return html`<div class="why-panel">
    <${Ask} at=${at} setAt=${setAt} />
    <div role="status">
      ${why === null && html`<p class="quiet">${t('connecting')}</p>`}
      ${why?.error !== undefined && html`<p class="tone-warn"><${Said} text=${why.error} /></p>`}
      ${why?.answer !== undefined && html`<p class="answer">${language !== 'en' && html`${nameOf(`told.${why.code}`) ?? why.code}<br />`}<${Said} text=${why.answer} /></p>`}
    </div>
    ${why?.about === 'now' && html`<${Now} why=${why} />`}
    ${why?.about === 'moment' && html`<${Then} why=${why} />`}
  </div>`;
}

/** A field for a past moment, and the way back to now. */
function Ask({ at, setAt }) {
  const submit = (event) => {
    event.preventDefault();
    setAt(String(new FormData(event.currentTarget).get('at')).trim());
  };
  return html`<form class="ask" onSubmit=${submit} onReset=${() => setAt('')}>
    <label>${t('why.at')}<input name="at" required autocomplete="off" placeholder=${t('why.at.example')} /></label>
    <button>${t('why.at.do')}</button>
    ${at !== '' && html`<button type="reset">${t('why.at.now')}</button>`}
  </form>`;
}

function Now({ why: { earliest, quorum, sites, guards } }) {
  return html`
    ${earliest.map((one) => html`<${Earliest} one=${one} />`)}
    <h3>${t('evidence')}</h3>
    <p>${t('evidence.quorum', quorum)}</p>
    <${Evidence} sites=${sites} needed=${quorum.needed} />
    <div class="guards">${kinds.map((kind) => html`<section><h3>${t('why.guards', { kind: t(`change.${kind}`) })}</h3><${Guards} guards=${guards[kind]} /></section>`)}</div>
  `;
}

/** One move that could come by itself, when, and on what condition. */
function Earliest({ one }) {
  const { kind, to, inMs, waitsFor, given } = one;
  const when = inMs === null ? t('why.not-by-itself') : inMs === 0 ? t('why.now') : t('why.in', { time: span(inMs) });
  return html`<p class="earliest">
    <b>${t(`change.${kind}`)}</b>${to === null ? '' : ` → ${to}`}: ${when} <span class="quiet" lang="en">(${waitsFor.length > 0 ? waitsFor.join('; ') : given})</span>
  </p>`;
}

/** A past moment: the probes counted again, what was told then, what had happened and what came next. */
function Then({ why: { at, active, sites, judged, alerts, before, next } }) {
  return html`
    <p><${Moment} wallMs=${Date.parse(at)} /> ${t('active')} <b>${active ?? t('nothing')}</b></p>
    <h3>${t('evidence')}</h3>
    <${Evidence} sites=${sites} />
    <${Judged} judged=${judged} />
    ${alerts.length > 0 && html`<h3>${t('then.alerts')}</h3><${Happened} rows=${alerts} family="told" />`}
    ${before.length > 0 && html`<h3>${t('then.before')}</h3><${Happened} rows=${before} family="event" />`}
    ${next !== null && html`<h3>${t('then.next')}</h3><${Happened} rows=${[next]} family="event" />`}
  `;
}

/** What the history keeps of the count of the votes and of every guard, with its time: it may be older than the probes above it. */
function Judged({ judged }) {
  if (judged === null) return html`<p class="quiet">${t('then.judged.none')}</p>`;
  const asOf = html`${t('then.as-of')} <${Moment} wallMs=${Date.parse(judged.at)} />`;
  const moves = kinds.map((kind) => [kind, judged.guards.filter(({ before }) => before === kind)]);
  return html`
    <h3>${t('then.votes')}${asOf}</h3>
    <ul class="counted">
      ${judged.sites.map(({ name, verdict, arithmetic }) => html`<li class="guard"><${Glyph} name=${verdict} /><span><b>${name}</b> ${t(`verdict.${verdict}`)}: <${Said} text=${arithmetic} /></span></li>`)}
    </ul>
    <div class="guards">
      ${moves.map(([kind, guards]) => guards.length > 0 && html`<section><h3>${t('why.guards', { kind: t(`change.${kind}`) })}${asOf}</h3><${Guards} guards=${guards} /></section>`)}
    </div>
  `;
}

function Happened({ rows, family }) {
  return html`<ul>
    ${rows.map(({ at, code, text, why }) => html`<li class="step"><${Moment} wallMs=${Date.parse(at)} /> <span class="quiet">${nameOf(`${family}.${code.split(':')[0]}`) ?? code}</span> <${Said} text=${text ?? why} /></li>`)}
  </ul>`;
}
