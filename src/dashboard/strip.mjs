import { latency } from './format.mjs';
import { html, useEffect, useRef, useState } from './html.mjs';
import { paint } from './strip-paint.mjs';
import uPlot from './uplot.js';
import { t } from './words.mjs';

const againMs = 15_000;
const height = 44;

/** The last hour of every site of a service, asked for while it can be seen. */
export function useStrips({ record, generation }) {
  const place = useRef(null);
  const [strips, setStrips] = useState(null);
  useEffect(() => {
    let isSeen = false;
    const ask = async () => {
      if (!isSeen || document.hidden) return;
      try {
        const answer = await fetch(`api/v1/services/${encodeURIComponent(record)}/observations?minutes=60`);
        if (answer.ok) setStrips(await answer.json());
      } catch {
        // What is shown stays; the head of the page tells that the connection is lost.
      }
    };
    const observer = new IntersectionObserver(([entry]) => {
      isSeen = entry.isIntersecting;
      ask();
    });
    observer.observe(place.current);
    const timer = setInterval(ask, againMs);
    return () => {
      observer.disconnect();
      clearInterval(timer);
    };
    // A switch is to be seen at once.
  }, [record, generation]);
  return [strips, place];
}

/** The top of the scale that the strips of a service share. */
export function highestOf({ sites }) {
  return 1.1 * Math.max(5, ...sites.flatMap(({ latencyMs }) => latencyMs));
}

/** Latency as a line, failures as bars, what we could not see as gaps, switches as marks. */
export function Strip({ name, strips }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [at, setAt] = useState(null);
  const site = strips?.sites.find((one) => one.name === name);

  useEffect(() => {
    if (site === undefined) return;
    const seconds = site.pass.map((_, index) => (site.fromMs + index * site.stepMs) / 1_000);
    const data = [seconds, site.latencyMs];
    const highest = highestOf(strips);
    plot.current?.destroy();
    plot.current = new uPlot(
      {
        width: place.current.clientWidth,
        height,
        padding: [2, 0, 2, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: strips.record } },
        scales: {
          x: { time: true, range: [seconds[0], seconds.at(-1) + site.stepMs / 1_000] },
          y: { range: [0, highest] },
        },
        axes: [{ show: false }, { show: false }],
        series: [
          {},
          { stroke: () => colour('--line'), fill: () => colour('--area'), width: 1.5, points: { show: false } },
        ],
        hooks: {
          drawClear: [(self) => paint.results(self, site, colour)],
          draw: [(self) => paint.switches(self, strips.switches, name, colour)],
          setCursor: [(self) => setAt(self.cursor.idx ?? null)],
        },
      },
      data,
      place.current,
    );
    const resized = new ResizeObserver(([entry]) =>
      plot.current?.setSize({ width: Math.round(entry.contentRect.width), height }),
    );
    resized.observe(place.current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.current?.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
    };
  }, [strips]);
  useEffect(() => () => plot.current?.destroy(), []);

  return html`<div class="strip">
    <div class="plot" ref=${place} role="img" aria-label=${site === undefined ? t('strip.none') : inWords(name, site, strips)}></div>
    <div class="readout number" aria-hidden="true">${site !== undefined && at !== null ? readout(site, at) : ''}</div>
  </div>`;
}

const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** The whole strip for those who do not see it. */
function inWords(name, site, { switches }) {
  const slowest = Math.max(0, ...site.latencyMs);
  const [pass, fail, unknown] = [site.pass, site.fail, site.unknown].map(total);
  const moved = switches.filter(({ from, to }) => from === name || to === name).length;
  return t('strip.words', {
    name,
    probes: pass + fail + unknown,
    fail,
    unknown,
    slowest: latency(slowest),
    switches: moved,
  });
}

function readout(site, index) {
  const time = `${new Date(site.fromMs + index * site.stepMs).toISOString().slice(11, 16)}Z`;
  const ms = site.latencyMs[index];
  const parts = [time, ms === null || ms === undefined ? '' : latency(ms)];
  if (site.fail[index] > 0) parts.push(t('strip.failed', { n: site.fail[index] }));
  if (site.unknown[index] > 0) parts.push(t('strip.unknown', { n: site.unknown[index] }));
  return parts.filter((part) => part !== '').join(' · ');
}

function colour(name) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue(`--strip${name.slice(1)}`)
    .trim();
}
