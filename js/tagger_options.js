/** @import { ChangeableOptions, NameLoader, SelectOptions, TagAllOptions, TaggerOptions } from './all_types.d.ts' */
import { TagdropError } from './tagdrop_error.js';

/** @typedef {Record<string, (value: any) => boolean>} Rules */

/** @type {Rules} */
const IS = {
  url: (value) => typeof value === 'string' || value instanceof URL,
  boolean: (value) => typeof value === 'boolean',
  seconds: (value) => Number.isFinite(value) && value >= 0,
  count: (value) => Number.isSafeInteger(value) && value >= 0,
  positive: (value) => Number.isSafeInteger(value) && value > 0,
};

/** @type {Rules} */
const ANY = {
  signal: (value) => IS.boolean(value?.aborted),
  onProgress: (value) => typeof value === 'function',
};

/** @type {Rules} */
const TAG = { ...ANY, priority: (value) => typeof value === 'function' || Number.isFinite(value) };

const TAG_ALL = { ...TAG, maxPending: IS.positive };

/** @type {Rules} */
const START = {
  ...ANY,
  decoder: (value) => value === 'rust' || value === 'fast',
  workers: IS.positive,
  maxRelaunches: IS.count,
  relaunchSeconds: IS.seconds,
  idleSeconds: IS.seconds,
  workerUrl: IS.url,
  wasmUrl: IS.url,
  modelUrl: IS.url,
  locale: (value) => typeof value === 'string',
  worker: IS.boolean,
  cache: IS.boolean,
};

/** What is defined and has a rule here, and the rest. @param {object} options @param {Rules} rules */
function split(options, rules) {
  const own = /** @type {any} */ ({});
  const rest = /** @type {any} */ ({});
  if (typeof options !== 'object') throw new TagdropError('invalid-options', 'Options are an object.');
  for (const [name, value] of Object.entries(options ?? {})) {
    if (!Object.hasOwn(rules, name)) rest[name] = value;
    else if (value !== undefined) {
      own[name] = value;
      if (!rules[name](value)) throw new TagdropError('invalid-options', `The option '${name}' has a wrong type or range.`);
    }
  }
  return { own, rest };
}

/** The settings of a tagger, and what is for the wasm module to judge. @param {TaggerOptions} options */
export function readStartOptions(options) {
  const { own, rest } = split(options, START);
  const defaults = {
    // One core stays with the page; beyond four, memory costs more than waiting.
    workers: Math.min(Math.max((navigator.hardwareConcurrency || 2) - 1, 1), 4),
    maxRelaunches: 5,
    relaunchSeconds: 60,
    idleSeconds: 60,
    worker: true,
    cache: true,
    decoder: /** @type {'rust' | 'fast'} */ ('rust'),
  };
  const settings = /** @type {typeof defaults & Omit<TaggerOptions, keyof typeof defaults>} */ ({ ...defaults, ...own });
  return { settings, select: /** @type {SelectOptions} */ (rest) };
}

/** What is for the wasm module to judge, and the names of another language. @param {ChangeableOptions} options @param {NameLoader} [languages] */
export async function readChange(options, languages) {
  const { own, rest } = split(options, { locale: START.locale });
  const names = options && 'locale' in options ? await languages?.load(own.locale) : {};
  return { select: /** @type {SelectOptions} */ (rest), names: names ?? {} };
}

/** Of `tag()`, or of `tagAll()`. @param {TagAllOptions} options @returns {TagAllOptions} */
export function readTagOptions(options, all = false) {
  const { own, rest } = split(options, all ? TAG_ALL : TAG);
  for (const name in rest) throw new TagdropError('invalid-options', `There is no option '${name}' here.`);
  return own;
}
