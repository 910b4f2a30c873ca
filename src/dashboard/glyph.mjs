import { html } from './html.mjs';

/** Shapes that differ without their colour, each beside a word that says the same. */
const shapes = {
  well: html`<circle cx="8" cy="8" r="7.5" class="fill" /><path d="M4.5 8.3 7 10.8l4.6-5" class="mark" />`,
  warn: html`<path d="M8 .9 15.6 14.6H.4Z" class="fill" /><path d="M8 5.6v4.2M8 11.9v.6" class="mark" />`,
  bad: html`<path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5Z" class="fill" /><path d="m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6" class="mark" />`,
  up: html`<circle cx="8" cy="8" r="6" class="fill" />`,
  recovering: html`<circle cx="8" cy="8" r="5.5" class="ring" /><path d="M8 2.5a5.5 5.5 0 0 0 0 11Z" class="fill" />`,
  down: html`<rect x="1.5" y="1.5" width="13" height="13" rx="2" class="fill" /><path d="m5 5 6 6m0-6-6 6" class="mark" />`,
  unknown: html`<circle cx="8" cy="8" r="5.5" class="ring dashed" />`,
  info: html`<circle cx="8" cy="8" r="2.5" class="fill" />`,
  passes: html`<path d="m3 8.5 3.5 3.5L13 4.5" class="stroke" />`,
  refuses: html`<rect x="2.5" y="6" width="11" height="4" class="fill" />`,
  active: html`<path d="M3 2.5 13.5 8 3 13.5Z" class="fill" />`,
  hold: html`<rect x="2.5" y="2" width="4" height="12" class="fill" /><rect x="9.5" y="2" width="4" height="12" class="fill" />`,
};

const tones = {
  up: 'well',
  recovering: 'warn',
  down: 'bad',
  unknown: 'quiet',
  info: 'quiet',
  passes: 'well',
  refuses: 'plain',
  active: 'plain',
  hold: 'warn',
};

export function Glyph({ name, size = 'small' }) {
  return html`<svg class=${`glyph glyph-${size} tone-${tones[name] ?? name}`} viewBox="0 0 16 16" aria-hidden="true">${shapes[name]}</svg>`;
}
