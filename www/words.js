import { texts } from './texts.js';

/**
 * What happened to a photo and what a person can do about it.
 * @param {string} code An outcome; one that is not known here is a defect and said to be one.
 */
export function trouble(code) {
  const troubles = /** @type {Record<string, string[]>} */ (texts.troubles);
  const [what, todo] = Object.hasOwn(troubles, code) ? troubles[code] : troubles.internal;
  return { what, todo };
}

/** @param {string} path */
export function extension(path) {
  return /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toUpperCase() ?? texts.file;
}
