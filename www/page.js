import { translate } from './texts.js';

/**
 * A part of index.html by its id. That it is missing or of another kind is a mistake in the page, found when the page opens.
 * @template {Element} T
 * @param {string} id
 * @param {abstract new () => T} kind
 * @returns {T}
 */
export function part(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/** A copy of the one element in a template of index.html, in the page's language. @param {string} id @returns {HTMLElement} */
export function copyOf(id) {
  const copy = part(id, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  translate(/** @type {HTMLElement} */ (copy));
  return /** @type {HTMLElement} */ (copy);
}

/** @param {string} id @param {() => void} act */
export function onClick(id, act) {
  part(id, HTMLButtonElement).addEventListener('click', act);
}
