import { names as zhNames } from './names-zh.mjs';
import { words as en } from './words-en.mjs';
import { words as zh } from './words-zh.mjs';

const languages = { en, zh };
const asked = new URLSearchParams(location.search).get('lang');

/** The first language that the reader wants and we speak. */
export const language =
  [asked, ...navigator.languages].map((one) => (one ?? '').slice(0, 2).toLowerCase()).find((one) => one in languages) ??
  'en';

/** For `lang` and for dates. */
export const locale = { en: 'en', zh: 'zh-CN' }[language];

/** What a code of the daemon, such as `guard.budget`, means; null: in English, whose sentences the daemon itself writes, and for one the page does not know. */
export const nameOf = (key) => (language === 'zh' ? (zhNames[key] ?? null) : null);

/** The words of that key, with what stands in braces filled in. */
export function t(key, values = {}) {
  const text = languages[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}
