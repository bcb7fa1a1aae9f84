/** @import { NameLoader, Tagger } from './all_types.d.ts' */
/** @import { WorkerPool } from './worker_pool.js' */
import { report, unlessAborted, urgencyOf } from './caller.js';
import { addressOf, toPosted } from './image_source.js';
import { tagAll } from './tag_all.js';
import { outcomeOrThrow } from './tagdrop_error.js';
import { readChange, readTagOptions } from './tagger_options.js';

/** Tags in workers, in each of which is a LocalTagger. @implements {Tagger} */
export class WorkerTagger {
  #pool;
  #workers;
  #languages;

  /** @param {WorkerPool} pool @param {number} workers @param {NameLoader} languages */
  constructor(pool, workers, languages) {
    this.#pool = pool;
    this.#workers = workers;
    this.#languages = languages;
    this.locales = languages.locales;
  }

  get model() {
    return this.#pool.model;
  }

  get locale() {
    return this.#pool.locale;
  }

  /** @type {Tagger['tag']} */
  async tag(source, options = {}) {
    const { signal, onProgress, priority } = readTagOptions(options);
    report(onProgress, { stage: 'queued', loaded: 0, total: 0, source });
    try {
      const { image, transfer } = await unlessAborted(toPosted(source), signal);
      return await this.#pool.ask(
        { type: 'tag', source: image },
        { transfer, signal, urgency: urgencyOf(priority, source), onProgress: (progress) => report(onProgress, { ...progress, source }) },
      );
    } catch (thrown) {
      return outcomeOrThrow(thrown, this.model);
    }
  }

  /** For each worker a photo in work, one that it reads ahead, and one that waits meanwhile. @type {Tagger['tagAll']} */
  tagAll(sources, options = {}) {
    return tagAll(this, sources, options, 3 * this.#workers);
  }

  /** @type {Tagger['select']} */
  select(scores, options) {
    return this.#pool.ask({ type: 'select', scores, options });
  }

  /** @type {Tagger['setOptions']} */
  setOptions(options) {
    return this.#pool.setOptions(readChange(options, this.#languages));
  }

  /** @type {Tagger['search']} */
  async search(words, { locales = [] } = {}) {
    return this.#pool.ask({ type: 'search', words, names: await this.#languages.loadAll(locales) });
  }

  /** @type {Tagger['names']} */
  names(ids) {
    return this.#pool.ask({ type: 'names', ids: [...ids] });
  }

  wasmMemoryBytes() {
    return this.#pool.wasmMemoryBytes();
  }

  resetBreaker() {
    this.#pool.resetBreaker();
  }

  dispose() {
    this.#pool.dispose();
  }
}

/**
 * Bundlers recognise the worker by the literal expression. A script of another origin cannot be a worker but can be imported by one.
 * @param {string | URL} [workerUrl]
 * @returns {() => Worker}
 */
export function spawnerOf(workerUrl) {
  if (workerUrl === undefined) return () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  let url = addressOf(workerUrl, 'invalid-options');
  if (!url.startsWith(`${location.origin}/`) && !url.startsWith('blob:')) {
    url = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  }
  return () => new Worker(url, { type: 'module' });
}
