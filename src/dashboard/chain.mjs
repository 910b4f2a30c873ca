import { useAnswer } from './asked.mjs';
import { Evidence, Guards } from './evidence.mjs';
import { latency, Moment, Said } from './format.mjs';
import { Glyph } from './glyph.mjs';
import { html } from './html.mjs';
import { nameOf, t } from './words.mjs';

const stages = ['detect', 'decide', 'write', 'verify', 'took'];

/** The whole way of one change: evidence, decision, generation, the provider's request, each server's answer, the time of each stage. */
export function Chain({ record, generation }) {
  const chain = useAnswer(record, `?switch=${generation}`);
  if (chain === null) return html`<p class="quiet">${t('connecting')}</p>`;
  if (chain.error !== undefined) return html`<p class="tone-warn" lang="en">${chain.error}</p>`;
  const { kind, from, to, why, at, evidence, requestId, servers } = chain;
  return html`<div class="chain">
    <p class="answer"><${Said} text=${chain.answer} /></p>
    <ol>
      <li>
        <h3>${t('chain.evidence')}</h3>
        ${evidence === null ? html`<p class="quiet">${t('chain.evidence.gone')}</p>` : html`<${Evidence} sites=${evidence.sites} />`}
      </li>
      <li>
        <h3>${t('chain.decision')}</h3>
        <p><${Moment} wallMs=${Date.parse(at)} /> <b>${t(`change.${kind}`)}: ${from ?? t('nothing')} → ${to}</b>${evidence?.actor && html` (${evidence.actor})`}</p>
        <p><${Said} text=${why} /></p>
        ${evidence?.refusals.length > 0 && html`<details><summary>${t('chain.refusals')}</summary><${Guards} guards=${evidence.refusals} /></details>`}
      </li>
      <li>
        <h3>${t('chain.generation')}</h3>
        <p class="number">${generation} <span class="quiet">${nameOf(`event.${chain.code}`) ?? chain.code}</span></p>
      </li>
      <li>
        <h3>${t('chain.request')}</h3>
        <p>${requestId === null ? html`<span class="quiet">${t('chain.request.none')}</span>` : html`<code>${requestId}</code>`}</p>
      </li>
      <li>
        <h3>${t('chain.servers')}</h3>
        ${servers.length === 0 && html`<p class="quiet">${t('chain.servers.none')}</p>`}
        <ul>
          ${servers.map(({ server, agrees, why: said }) => html`<li class="guard"><${Glyph} name=${agrees ? 'passes' : 'warn'} /><span>${server}: ${t(agrees ? 'chain.agrees' : 'chain.differs')}${said !== '' && html` (<${Said} text=${said} />)`}</span></li>`)}
        </ul>
      </li>
      <li>
        <h3>${t('chain.stages')}</h3>
        <dl>
          ${stages.map((stage) => html`<div><dt>${t(`stage.${stage}`)}</dt><dd class="number">${typeof chain.stages[`${stage}Ms`] === 'number' ? latency(chain.stages[`${stage}Ms`]) : '–'}</dd></div>`)}
        </dl>
      </li>
    </ol>
    <details>
      <summary>${t('chain.steps')}</summary>
      <ol>
        ${chain.steps.map((step) => html`<li class="step"><${Moment} wallMs=${Date.parse(step.at)} /> <span class="number quiet">${step.afterMs < 0 ? '−' : '+'}${latency(Math.abs(step.afterMs))}</span> <${Said} text=${step.text} /></li>`)}
      </ol>
    </details>
  </div>`;
}
