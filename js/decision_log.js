/** @import { DecisionLog, DecisionLogOptions, Loading, LogAct, LogDone } from './all_types.d.ts' */
import { DecisionStore } from './decision_store.js';
import { addressOf } from './image_source.js';
import { chooseVariant, loadWasm } from './load_wasm.js';
import { VARIANTS } from './pkg/build.js';
import { decide, default as initialize } from './pkg/simd/tagdrop.js';
import { TagdropError, toTagdropError } from './tagdrop_error.js';

/** What people decide, in this browser's store, by the rules of `src/tags/decisions.rs`. @implements {DecisionLog} */
export class StoredDecisionLog {
  #store;
  #channel;
  #onChange;
  #closed = false;

  /** @param {DecisionLogOptions} [options] */
  static async open(options = {}) {
    const { name = 'tagdrop-decisions', persistent = false, wasmUrl, cache = true, onChange } = options;
    /** @type {Loading} */
    const loading = { cache, keep: [] };
    const module = loadWasm(wasmUrl ? { url: addressOf(wasmUrl, 'invalid-options') } : chooseVariant(VARIANTS, []), loading);
    // A person may be asked, and need not answer.
    if (persistent) void globalThis.navigator?.storage?.persist?.().catch(() => {});
    await initialize({ module_or_path: await module });
    for (const write of loading.keep) void write();
    return new StoredDecisionLog(name, onChange);
  }

  /** @param {string} name @param {DecisionLogOptions['onChange']} onChange */
  constructor(name, onChange) {
    this.#store = new DecisionStore(name, (one, other) => act(one, { merge: { logs: [other] } }).log ?? one);
    this.#onChange = onChange;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#tell(data);
  }

  get unsaved() {
    return this.#store.unsaved;
  }

  /** @type {DecisionLog['decide']} */
  async decide(image, tag, decision, about = {}) {
    await this.#act(image, { record: { ...about, image, tag, decision, time: Date.now() } });
  }

  /** @type {DecisionLog['remember']} */
  async remember(image, selected, run) {
    return this.#act(image, { remember: { image, selected, run: { ...run, time: Date.now() } } });
  }

  /** @type {DecisionLog['apply']} */
  async apply(image, selected = []) {
    return this.#act(image, { apply: { image, selected } });
  }

  /** @type {DecisionLog['rejected']} */
  async rejected(image) {
    return this.#act(image, { rejected: { image } });
  }

  /** @type {DecisionLog['isTagged']} */
  async isTagged(image) {
    return this.#act(image, { isTagged: { image } });
  }

  /** @type {DecisionLog['undo']} */
  undo(run) {
    return this.#count({ undo: { run, time: Date.now() } });
  }

  /** @type {DecisionLog['removeAutomatic']} */
  removeAutomatic() {
    return this.#count({ removeAutomatic: { time: Date.now() } });
  }

  /** @type {DecisionLog['makePermanent']} */
  makePermanent() {
    return this.#count({ makePermanent: { time: Date.now() } });
  }

  /** @type {DecisionLog['export']} */
  async export() {
    /** @type {string[]} */
    const logs = [];
    await this.#update(undefined, (_, log) => void (log && logs.push(log)));
    return act(act('', { merge: { logs } }).log ?? '', { export: {} }).answer;
  }

  /** @type {DecisionLog['import']} */
  async import(json) {
    const { answer } = act(json, { split: {} });
    for (const [image, log] of Object.entries(answer)) await this.#act(image, { merge: { logs: [log] } });
  }

  /** @type {DecisionLog['clear']} */
  async clear() {
    this.#throwIfClosed();
    await this.#store.clear();
    this.#announce([]);
  }

  close() {
    this.#closed = true;
    this.#channel.close();
    void this.#store.close();
  }

  /** Of one picture. @param {string} image @param {LogAct} what @returns {Promise<any>} */
  async #act(image, what) {
    if (typeof image !== 'string' || !image) throw new TagdropError('invalid-options', 'An image is named by its hash, a string.');
    let answer;
    await this.#update(image, (_, text) => {
      const done = act(text, what);
      answer = done.answer;
      return done.log;
    });
    return answer;
  }

  /** Of all pictures. @param {LogAct} what */
  async #count(what) {
    let count = 0;
    await this.#update(undefined, (_, text) => {
      const { answer, log } = act(text, what);
      count += answer;
      return log;
    });
    return count;
  }

  /** @param {string | undefined} image @param {(image: string, log: string) => string | undefined | void} change */
  async #update(image, change) {
    this.#throwIfClosed();
    const before = this.unsaved;
    const images = await this.#store.update(image, change);
    if (images.length) this.#announce(images);
    if (this.unsaved !== before) this.#tell(images);
  }

  /** To other tabs. @param {string[]} images */
  #announce(images) {
    if (!this.#closed) this.#channel.postMessage(images);
  }

  /** @param {string[]} images */
  #tell(images) {
    this.#onChange?.({ images, unsaved: this.unsaved });
  }

  #throwIfClosed() {
    if (this.#closed) throw new TagdropError('disposed', 'The decision log was closed.');
  }
}

/** @param {string} log @param {LogAct} what @returns {LogDone} */
function act(log, what) {
  try {
    return JSON.parse(decide(log, JSON.stringify(what)));
  } catch (thrown) {
    throw toTagdropError(thrown);
  }
}
