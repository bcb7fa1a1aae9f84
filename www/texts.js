/** @import english from './texts/en.js' */
import en from './texts/en.js';

/** What the page says, in the language that it speaks now; other modules see it change. @type {typeof english} */
export let texts = en;

/** Requests below it are for another language. */
export const TEXTS_URL = new URL('./texts/', import.meta.url).href;

/** As BCP 47 has it. */
export let language = 'en';

/** What a page remembers of a person: the language they chose. */
const CHOICE = 'tagdrop-page-language';

/** Where a text of index.html goes: into the element, or into an attribute of it. */
const PLACES = { text: 'textContent', label: 'ariaLabel', hint: 'placeholder' };

/** The English of index.html, by its keys. @type {Map<string, string>} */
const written = new Map();
for (const { content } of document.querySelectorAll('template')) learn(content);
learn(document);

/** The language that a person chose, or else the browser's, of those that there are; else English. @param {string[]} languages */
export function wanted(languages) {
  const chosen = choice() ?? navigator.language;
  return languages.find((language) => chosen.split('-')[0] === language) ?? 'en';
}

/** The page in another language. @param {string} to @param {boolean} [chosen] by a person, who will be asked no more */
export async function speak(to, chosen = false) {
  const { default: loaded } = to === 'en' ? { default: en } : await import(`./texts/${to}.js`);
  texts = loaded;
  language = to;
  document.documentElement.lang = to;
  document.body.dataset.letGo = texts.letGo;
  translate(document);
  if (chosen) remember(to);
}

/** Writes the texts below a node that index.html gives keys. @param {ParentNode} root */
export function translate(root) {
  const page = /** @type {{ page?: Record<string, string> }} */ (texts).page ?? {};
  eachText(root, (element, place, key) => {
    const text = page[key] ?? written.get(key) ?? '';
    if (element[place] !== text) element[place] = text;
  });
}

/** @param {string} template @param {Record<string, string | number>} values */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => `${values[name]}`);
}

/** @param {number} n @param {{ other: string }} forms By the categories of the language's plural. */
export function count(n, forms) {
  const category = /** @type {'other'} */ (new Intl.PluralRules(language).select(n));
  return fill(forms[category] ?? forms.other, { n: number(n) });
}

/** @param {number} n @param {number} [digits] after the point */
export function number(n, digits = 0) {
  return n.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {number} share 0 to 1. */
export function percent(share) {
  return share.toLocaleString(language, { style: 'percent' });
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return number(bytes / 1e6, 1);
}

/** @param {string[]} words */
export function list(words) {
  return new Intl.ListFormat(language, { style: 'narrow', type: 'conjunction' }).format(words);
}

export function forgetLanguage() {
  try {
    localStorage.removeItem(CHOICE);
  } catch {
    // Where nothing can be kept nothing is.
  }
}

function choice() {
  try {
    return localStorage.getItem(CHOICE) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} language */
function remember(language) {
  try {
    localStorage.setItem(CHOICE, language);
  } catch {
    // It holds for this visit.
  }
}

/** @param {ParentNode} root */
function learn(root) {
  eachText(root, (element, place, key) => written.set(key, element[place].trim()));
}

/** @param {ParentNode} root @param {(element: any, place: string, key: string) => void} act */
function eachText(root, act) {
  for (const [mark, place] of Object.entries(PLACES)) {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[data-${mark}]`))) {
      act(element, place, element.dataset[mark] ?? '');
    }
  }
}
