/** @import { About, Assets, Binary, Decoded, ImageInfo, ImageSource, NameLoader, Names, SelectOptions, Stage, Tagger, TagOptions, TagResult, Timings } from './all_types.d.ts' */
import { mostUrgent, report, throwIfAborted, unlessAborted, urgencyOf } from './caller.js';
import { addressOf, kindOf, readBytes, readPixels } from './image_source.js';
import * as simd from './pkg/simd/tagdrop.js';
import { tagAll } from './tag_all.js';
import { outcomeOrThrow, TagdropError, toTagdropError } from './tagdrop_error.js';
import { readChange, readTagOptions } from './tagger_options.js';

/** The glue of any binary: they export the same, and all but one import the same. @typedef {Pick<typeof simd, 'Pixels'>} Glue */

/** Few pages need it; none fails for the lack of it. */
const browserDecoder = () => import('./browser_decoder.js').catch(() => undefined);

/** `undefined`, which resets an option, is null there; what JSON has no word for is no number. @param {object} [options] */
function encodeOptions(options = {}) {
  try {
    return `${JSON.stringify(options, (_, value) => (typeof value !== 'number' || Number.isFinite(value) ? value ?? null : `${value}`))}`;
  } catch (cause) {
    throw new TagdropError('invalid-options', `These options cannot be used: ${cause}`, { cause });
  }
}

/** @param {ArrayBuffer} [buffer] */
const bytesOf = (buffer = new ArrayBuffer(0)) => new Uint8Array(buffer);

/** Tags in its own thread: inside each worker, or with `worker: false` in the page. @implements {Tagger} */
export class LocalTagger {
  #glue;
  #wasm;
  #memory;
  #fast;
  /** @type {{ urgency: () => number, begin: () => Promise<unknown> }[]} */
  #waiting = [];
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  /** What is read ahead. @type {WeakMap<Blob, ReturnType<typeof readBytes>>} */
  #ahead = new WeakMap();
  #end = new AbortController();
  /** Where the page loads them; a worker is given what it needs. @type {NameLoader | undefined} */
  languages;
  /** Set by a trap, which leaves the instance in no known state. @type {TagdropError | undefined} */
  #spent;

  /** What needs no model. @param {Binary} binary */
  static async prepare({ variant, module }) {
    const glue = variant === 'any-model' ? await import('./pkg/any-model/tagdrop.js') : simd;
    return { glue, memory: (await glue.default({ module_or_path: module })).memory };
  }

  /** @param {Assets & Names} assets @param {SelectOptions} options */
  static async create({ manifest, model, concepts, locale = '', names, decoder, ...binary }, options, prepared = LocalTagger.prepare(binary)) {
    try {
      const { glue, memory } = await prepared;
      const wasm = new glue.Tagger(bytesOf(manifest), bytesOf(model), bytesOf(concepts), locale, bytesOf(names), encodeOptions(options));
      return new LocalTagger(glue, wasm, memory, decoder === 'fast');
    } catch (thrown) {
      throw toTagdropError(thrown);
    }
  }

  /** @param {Glue} glue @param {simd.Tagger} wasm @param {WebAssembly.Memory} memory @param {boolean} fast */
  constructor(glue, wasm, memory, fast) {
    this.#glue = glue;
    this.#wasm = wasm;
    this.#memory = memory;
    this.#fast = fast;
    this.model = this.about.model;
  }

  /** @returns {About} */
  get about() {
    return JSON.parse(this.#wasm.about);
  }

  get locale() {
    return this.about.locale;
  }

  get locales() {
    return this.languages?.locales ?? [];
  }

  /** One photo after the other: more at once would only hold more of them in memory. @type {Tagger['tag']} */
  async tag(source, options = {}) {
    const { signal, onProgress, priority } = readTagOptions(options);
    throwIfAborted(this.#end.signal);
    const asked = performance.now();
    report(onProgress, { stage: 'queued', loaded: 0, total: 0, source });
    /** @type {Promise<TagResult>} */
    const result = new Promise((resolve) => {
      const begin = () => {
        const tagging = this.#tagNow(source, { signal, onProgress }, { queued: performance.now() - asked });
        resolve(tagging);
        return tagging;
      };
      this.#waiting.push({ urgency: urgencyOf(priority, source), begin });
    });
    this.#turn = this.#turn.then(() => this.#next()).catch(() => {});
    return unlessAborted(result, signal, this.#end.signal);
  }

  #next() {
    const next = mostUrgent(this.#waiting);
    this.#waiting = this.#waiting.filter((each) => each !== next);
    return next.begin();
  }

  /** Begun before another photo is in wasm, where nothing is begun. @param {Blob} file */
  readAhead(file) {
    const bytes = readBytes(file);
    // Whoever tags it hears of it.
    bytes.catch(() => {});
    this.#ahead.set(file, bytes);
  }

  /** @param {ImageSource} source @param {TagOptions} options @param {Timings} timings @returns {Promise<TagResult>} */
  async #tagNow(source, { signal, onProgress }, timings) {
    /** @type {Partial<TagResult>} */
    const soFar = { timings };
    /** @type {simd.Pixels | undefined} */
    let pixels;
    /** @param {Stage} stage */
    const tell = (stage, loaded = 0, total = 0) => report(onProgress, { stage, loaded, total, source });
    /** @template T @param {Stage} stage @param {() => T} work */
    const timed = async (stage, work) => {
      throwIfAborted(signal);
      tell(stage);
      const began = performance.now();
      const value = await work();
      timings[stage] = performance.now() - began;
      return value;
    };
    try {
      if (this.#spent) throw this.#spent;
      const kind = kindOf(source);
      const url = kind === 'url' && addressOf(source);
      const file = url ? await timed('download', async () => (await import('./download.js')).download(url, signal, tell.bind(undefined, 'download'))) : source;
      const raster = await timed('decode', () => this.#decode(kind, file));
      pixels = raster.pixels;
      soFar.image = raster.image;
      const scores = (soFar.scores = await timed('inference', () => this.#wasm.classify(raster.pixels)));
      const tags = await timed('select', () => JSON.parse(this.#wasm.select(scores, '{}')));
      return { outcome: tags.length ? 'tagged' : 'no-confident-tag', tags, model: this.model, ...soFar };
    } catch (thrown) {
      return { ...outcomeOrThrow(this.#diagnosed(thrown), this.model), ...soFar };
    } finally {
      if (!this.#spent) pixels?.free();
    }
  }

  /** @param {ReturnType<typeof kindOf>} kind @param {any} source @returns {Promise<{ pixels: simd.Pixels, image: ImageInfo }>} */
  async #decode(kind, source) {
    if (kind === 'pixels' || kind === 'drawable') return this.#take(await readPixels(source));
    const bytes = await (this.#ahead.get(source) ?? readBytes(source));
    const faster = this.#fast && (await (await browserDecoder())?.decodeFaster(bytes));
    if (faster) return this.#take(faster);
    try {
      const pixels = this.#glue.Pixels.decode(bytes);
      const { width, height, format } = pixels;
      return { pixels, image: { width, height, format, decodedBy: 'rust' } };
    } catch (thrown) {
      const foreign = toTagdropError(thrown).code === 'unsupported-format' && (await (await browserDecoder())?.decodeForeign(bytes));
      if (foreign) return this.#take(foreign);
      throw thrown;
    }
  }

  /** @param {Decoded} decoded @returns {{ pixels: simd.Pixels, image: ImageInfo }} */
  #take({ width, height, data, image = { width, height, format: 'pixels' } }) {
    const pixels = this.#glue.Pixels.fromRgba(width, height, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { pixels, image: { ...image, decodedBy: 'browser' } };
  }

  /** @param {unknown} thrown */
  #diagnosed(thrown) {
    const error = toTagdropError(thrown);
    if (error.code === 'worker-crashed') this.#spent = new TagdropError('breaker-open', `After a trap only a worker could go on: ${error.message}`);
    return error;
  }

  /** @template T @param {() => T} work */
  #answer(work) {
    throwIfAborted(this.#end.signal);
    if (this.#spent) throw this.#spent;
    try {
      return work();
    } catch (thrown) {
      throw this.#diagnosed(thrown);
    }
  }

  /** @type {Tagger['tagAll']} */
  tagAll(sources, options = {}) {
    return tagAll(this, sources, options, 2);
  }

  /** @type {Tagger['select']} */
  async select(scores, options) {
    if (!(scores instanceof Float32Array)) throw new TagdropError('invalid-source', "select() takes a result's `scores`.");
    return this.#answer(() => JSON.parse(this.#wasm.select(scores, encodeOptions(options))));
  }

  /** @type {Tagger['setOptions']} */
  async setOptions(options) {
    const { select, names } = await readChange(options, this.languages);
    this.change(select, names);
  }

  /** @param {SelectOptions} options @param {Names} names */
  change(options, { locale = '', names }) {
    this.#answer(() => this.#wasm.setOptions(encodeOptions(options), locale, bytesOf(names)));
    return this.about;
  }

  /** @type {Tagger['search']} */
  async search(words, { locales = [] } = {}) {
    return this.find(words, await this.languages?.loadAll(locales));
  }

  /** @param {string} words @param {Names[]} [names] */
  find(words, names = []) {
    return this.#answer(() => JSON.parse(this.#wasm.search(`${words}`, names.map(({ names }) => bytesOf(names)))));
  }

  /** @type {Tagger['names']} */
  async names(ids) {
    return this.#answer(() => JSON.parse(this.#wasm.names(encodeOptions(ids))));
  }

  async wasmMemoryBytes() {
    return this.#answer(() => this.#memory.buffer.byteLength);
  }

  /** Here nothing can be started anew. */
  resetBreaker() {}

  dispose() {
    if (this.#end.signal.aborted) return;
    this.#end.abort(new TagdropError('disposed', 'The tagger was disposed of.'));
    if (!this.#spent) this.#wasm.free();
  }
}
