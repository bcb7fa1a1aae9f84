import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @typedef {{ name: string, type: string, base64: string }} Carried A file on its way into a page. */
/** @typedef {{ id: string, name: string, sure: string, state: string }} Chip */
/** @typedef {{ name: string, stage: string, outcome: string, trouble: string, tags: Chip[] }} Card */
/** @typedef {import('./browsers.mjs').Here} Here */

/** The seven photos of tests/fixtures/images/. */
export const PHOTOS = ['astronaut', 'camera', 'chelsea', 'coffee', 'hubble_deep_field', 'retina', 'rocket'].map((name) => `${name}.jpg`);

export const ESPRESSO = 'n07920052';

/** @param {string} path below tests/fixtures/ */
export const fixturePath = (path) => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));

/** @param {string} path below tests/fixtures/ */
export const fixtureJson = (path) => JSON.parse(readFileSync(fixturePath(path), 'utf8'));

/** @param {string} name @param {Uint8Array | string} content @param {string} [type] @returns {Carried} */
export const carried = (name, content, type = '') => ({ name, type, base64: Buffer.from(content).toString('base64') });

/** @param {string} name of PHOTOS @param {string} [type] crash_worker.js acts on it @param {string} [as] that it goes by */
export const photo = (name, type = 'image/jpeg', as = name) => carried(as, readFileSync(fixturePath(`images/${name}`)), type);

/** The page as a visitor finds it once the model is loaded. @param {Here} here */
export async function openDemo({ page, site }) {
  await page.open(site.url);
  await page.until(() => document.querySelector('[data-testid=status]')?.dataset.state === 'ready');
}

/** The same, with every question to its workers noted for `askedOf`. @param {Here} here */
export async function openListening(here) {
  await here.page.beforeLoad(() => {
    globalThis.asked = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (question, ...rest) {
      globalThis.asked.push(question.type);
      return postMessage.call(this, question, ...rest);
    };
  });
  await openDemo(here);
}

/** What the page asked its workers since the last look, one word a question. @param {Here} here */
export const askedOf = ({ page }) => page.run(() => globalThis.asked.splice(0));

/** The page where a story uses the package itself, as `bench`. @param {Here} here */
export async function openBench({ page, site }) {
  await page.open(`${site.url}stories/bench.html`);
  await page.until(() => 'bench' in globalThis);
}

/** The event that a browser makes of files dropped on the page. @param {Here['page']} page @param {Carried[]} files */
export async function drop(page, files) {
  await page.run((files) => {
    const dataTransfer = new DataTransfer();
    for (const { name, type, base64 } of files) {
      dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
    }
    const target = document.querySelector('[data-testid=drop-zone]');
    for (const event of ['dragover', 'drop']) target?.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }));
  }, files);
}

/** What the page shows of each photo. @param {Here['page']} page @returns {Promise<Card[]>} */
export function cards(page) {
  return page.run(() =>
    Array.from(document.querySelectorAll('[data-testid=photo]'), (card) => ({
      name: card.querySelector('h3').textContent,
      stage: card.dataset.stage,
      outcome: card.dataset.outcome,
      trouble: card.querySelector('.card-trouble').hidden ? '' : card.querySelector('.card-trouble').textContent,
      tags: Array.from(card.querySelectorAll('[data-testid=tag]'), (tag) => ({
        id: tag.dataset.tagId,
        name: tag.querySelector('.tag-name').textContent,
        sure: tag.querySelector('.tag-confidence').textContent,
        state: tag.dataset.state,
      })),
    })),
  );
}

/** The cards, once there are so many and each has its answer. @param {Here['page']} page @param {number} count */
export async function answered(page, count) {
  await page.until((count) => {
    const stages = Array.from(document.querySelectorAll('[data-testid=photo]'), (card) => card.dataset.stage);
    return stages.length === count && stages.every((stage) => stage === 'done');
  }, count);
  return cards(page);
}

/** How the page marks what stories touch. @param {string} id */
export const hook = (id) => `[data-testid="${id}"]`;
