/** @import { readChange } from './tagger_options.js' */
/** @import { About, Ahead, Asking, Job, Names, PoolConfig, Question, Reply, Request, SelectOptions, Slot } from './all_types.d.ts' */
import { abortedBy, mostUrgent } from './caller.js';
import { decodeError, TagdropError, toTagdropError } from './tagdrop_error.js';

/** @typedef {TagdropError} Failure */

/** Two larger files are never held at once. */
const MAX_AHEAD_BYTES = 32 << 20;

const breakerOpen = () => new TagdropError('breaker-open', 'Too many workers died in a short time; resetBreaker() makes a new start.');

/** The workers, what waits for them, and what happens when one dies. */
export class WorkerPool {
  #config;
  /** How many workers there may be. */
  #size;
  /** What workers started from now on are given. @type {SelectOptions} */
  #options;
  /** The language of such workers, once it is another than at the start. @type {Names} */
  #names = {};
  /** @type {Set<Slot>} */
  #slots = new Set();
  /** Quick questions, then photos. @type {Job[]} */
  #queue = [];
  #lastId = 0;
  #settingOptions = Promise.resolve();
  /** @type {Failure | undefined} */
  #disposed;

  /** `id@version`, as the workers answer. */
  model = '';
  locale = '';

  /** Constructs all workers at once: their scripts load while the assets do. @param {PoolConfig} config */
  constructor(config) {
    this.#config = config;
    this.#size = config.workers;
    this.#options = config.options;
    /** Settles once one worker can work, or none ever will. @type {Promise<unknown>} */
    this.started = Promise.any(Array.from({ length: config.workers }, () => this.#launch())).catch(({ errors }) => {
      this.dispose();
      throw errors[0];
    });
  }

  /** @param {Question} question @param {Asking} [asking] @returns {Promise<any>} */
  ask(question, asking = {}) {
    const { signal } = asking;
    const job = this.#job(question, asking);
    const abort = () => this.#abort(job, abortedBy(signal));
    const refusal = signal?.aborted ? abortedBy(signal) : (this.#disposed ?? (this.#config.breaker.open && breakerOpen()));
    if (refusal) this.#discard(job, refusal);
    else {
      signal?.addEventListener('abort', abort);
      this.#enqueue(job);
      this.#pump();
    }
    return job.answer.finally(() => signal?.removeEventListener('abort', abort));
  }

  /** @param {Question} question @param {Asking} [asking] @returns {Job} */
  #job(question, { transfer = [], urgency = () => 0, onProgress } = {}) {
    const job = /** @type {Job} */ ({ id: ++this.#lastId, question, transfer, urgency, onProgress, since: performance.now() });
    job.isPhoto = question.type === 'tag';
    if (question.type === 'tag' && question.source instanceof Blob) job.file = question.source;
    job.answer = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    return job;
  }

  /** One worker judges the options, then all get them, one change after the other. @param {ReturnType<typeof readChange>} change */
  setOptions(change) {
    // A failure is told when its turn comes.
    change.catch(() => {});
    const set = this.#settingOptions.then(async () => {
      const { select, names } = await change;
      this.#learn(await this.ask({ type: 'set-options', options: select, ...names }));
      this.#names = { ...this.#names, ...names };
      for (const { worker, ready, jobs } of this.#slots) {
        if (ready || jobs.size) worker?.postMessage({ type: 'set-options', options: this.#options, ...names, id: ++this.#lastId });
      }
    });
    this.#settingOptions = set.catch(() => {});
    return set;
  }

  /** What the workers are now; options as it spells them mean the same in every language. @param {About} about */
  #learn({ model, locale, options }) {
    this.model = model;
    this.locale = locale;
    this.#options = options;
  }

  /** The most that any live worker holds. @returns {Promise<number>} */
  async wasmMemoryBytes() {
    if (this.#disposed) throw this.#disposed;
    const jobs = this.#ready().map((slot) => this.#give(slot, this.#job({ type: 'memory' })));
    return Math.max(0, ...(await Promise.all(jobs.map(({ answer }) => answer))));
  }

  resetBreaker() {
    this.#config.breaker.reset();
  }

  dispose() {
    const disposed = (this.#disposed ??= new TagdropError('disposed', 'The tagger was disposed of.'));
    for (const slot of this.#slots) {
      this.#end(slot);
      slot.refuse(disposed);
      for (const job of slot.jobs.values()) job.reject(disposed);
    }
    for (const job of this.#queue.splice(0)) this.#discard(job, disposed);
  }

  #ready() {
    return [...this.#slots].filter(({ ready }) => ready);
  }

  #launch() {
    const slot = /** @type {Slot} */ ({ ready: false, jobs: new Map() });
    this.#slots.add(slot);
    const started = new Promise((resolve, reject) => {
      slot.refuse = reject;
      /** @param {any} cause */
      const die = (cause) => {
        cause.preventDefault?.();
        const why = cause.message || 'a script or message that cannot be loaded';
        this.#lose(slot, new TagdropError(slot.ready ? 'worker-crashed' : 'model-unavailable', `The worker ended: ${why}`));
      };
      try {
        const worker = (slot.worker = this.#config.spawn());
        worker.onmessage = ({ data }) => this.#receive(slot, data);
        worker.onerror = worker.onmessageerror = die;
      } catch (thrown) {
        queueMicrotask(() => die(thrown));
        return;
      }
      const { binary, assets } = this.#config;
      binary.then((binary) => slot.worker?.postMessage({ type: 'prepare', ...binary })).catch(() => {});
      assets
        .then(async (assets) => {
          if (!this.#slots.has(slot)) return;
          const about = await this.#give(slot, this.#job({ type: 'start', ...assets, ...this.#names, options: this.#options })).answer;
          // Later ones may not have heard of the latest change yet.
          if (!this.model) this.#learn(about);
          slot.ready = true;
          resolve(slot);
          this.#pump();
        })
        .catch((thrown) => this.#lose(slot, toTagdropError(thrown)));
    });
    started.catch(() => {});
    return started;
  }

  /** Behind what is of its kind; photos come last. @param {Job} job */
  #enqueue(job) {
    const firstPhoto = this.#queue.findIndex(({ isPhoto }) => isPhoto);
    this.#queue.splice(job.isPhoto || firstPhoto < 0 ? this.#queue.length : firstPhoto, 0, job);
  }

  /** Gives waiting jobs to workers with room, starts workers when there are too few, and times those without work. */
  #pump() {
    if (this.#disposed) return;
    for (let slot; this.#queue.length && (slot = this.#roomFor(this.#queue[0])); ) {
      const job = this.#nextFor(slot);
      this.#queue.splice(this.#queue.indexOf(job), 1);
      this.#give(slot, job);
    }
    let missing = this.#queue.length - (this.#slots.size - this.#ready().length);
    while (missing-- > 0 && this.#slots.size < this.#size) void this.#launch();
    // Beyond 31 bits timers fire at once.
    const idleMs = Math.min(this.#config.idleSeconds * 1000, 2 ** 31 - 1);
    for (const slot of this.#ready()) {
      if (idleMs && !slot.jobs.size) slot.idle ??= setTimeout(() => this.#end(slot), idleMs);
    }
  }

  /** A worker that only waits for a download has time for something quick. @param {Job} job */
  #roomFor({ isPhoto }) {
    const ready = this.#ready();
    return ready.find(({ photo }) => !photo) ?? ready.find(({ photo }) => !isPhoto && photo?.stage === 'download');
  }

  /** Quick questions, then the most urgent photo: of several what this worker has read, what none has read, the first. @param {Slot} slot */
  #nextFor(slot) {
    const [first] = this.#queue;
    if (!first.isPhoto) return first;
    return mostUrgent([...this.#queue.filter(({ reader }) => reader === slot), ...this.#unread(), ...this.#queue]);
  }

  #unread() {
    return this.#queue.filter(({ reader }) => !reader || !this.#slots.has(reader));
  }

  /** The one file that a worker reads while its photo is in wasm: most likely what it gets next. @param {Slot} slot @returns {Ahead | undefined} */
  #aheadFor(slot) {
    if (this.#queue.some(({ reader }) => reader === slot)) return;
    const job = mostUrgent(this.#unread().filter(({ file }) => file && file.size <= MAX_AHEAD_BYTES));
    if (!job?.file) return;
    job.reader = slot;
    return { id: job.id, file: job.file };
  }

  /** @param {Slot} slot @param {Job} job */
  #give(slot, job) {
    const { id, question } = job;
    const request = /** @type {Request} */ ({ ...question, id });
    clearTimeout(slot.idle);
    slot.idle = undefined;
    slot.jobs.set(id, job);
    job.slot = slot;
    job.waited = performance.now() - job.since;
    if (request.type === 'tag') {
      slot.photo = job;
      job.stage = typeof request.source === 'string' ? 'download' : 'decode';
      const ahead = this.#aheadFor(slot);
      if (ahead) request.ahead = ahead;
    }
    try {
      slot.worker?.postMessage(request, job.transfer);
    } catch (error) {
      this.#take(job);
      job.reject(new TagdropError(job.isPhoto ? 'invalid-source' : 'invalid-options', `It cannot be sent to a worker: ${error}`));
    }
    return job;
  }

  /** @param {Job} job */
  #take({ id, slot }) {
    if (slot?.photo?.id === id) slot.photo = undefined;
    slot?.jobs.delete(id);
  }

  /** @param {Slot} slot @param {Reply} reply */
  #receive(slot, reply) {
    const job = slot.jobs.get(reply.id);
    if (!job || !this.#slots.has(slot)) return;
    if (reply.type === 'progress') {
      job.stage = reply.stage;
      if (!job.aborted) job.onProgress?.({ stage: reply.stage, loaded: reply.loaded, total: reply.total });
      // The download ended before the abort came: what is left can only be cut off.
      else if (reply.stage !== 'download') this.#replace(slot);
    } else if (reply.type === 'trapped') this.#lose(slot, decodeError(reply.error), job);
    else {
      this.#take(job);
      if (reply.type === 'failed') job.reject(decodeError(reply.error));
      else {
        if (job.isPhoto) reply.value.timings = { ...reply.value.timings, queued: job.waited };
        job.resolve(reply.value);
      }
      this.#pump();
    }
  }

  /** @param {Job} job @param {Failure} error */
  #abort(job, error) {
    const { id, slot } = job;
    job.aborted = true;
    job.reject(error);
    if (!slot) this.#discard(this.#queue.splice(this.#queue.indexOf(job), 1)[0], error);
    else if (job.stage === 'download') slot.worker?.postMessage({ type: 'abort', id });
    else this.#replace(slot);
  }

  /** Wasm cannot be interrupted, only ended. @param {Slot} slot */
  #replace(slot) {
    this.#end(slot);
    if (!this.#slots.size) void this.#launch();
    this.#pump();
  }

  /** A worker died, or could not start. @param {Slot} slot @param {Failure} error @param {Job} [guilty] what it died of, if known */
  #lose(slot, error, guilty) {
    const { breaker } = this.#config;
    if (!this.#slots.has(slot)) return;
    this.#end(slot, guilty);
    slot.refuse(error);
    // Where others work, one that cannot start has met a limit of the device: fewer will do.
    if (!slot.ready && this.#slots.size) this.#size = this.#slots.size;
    else breaker.recordDeath();
    guilty?.reject(error);
    slot.photo?.reject(error);
    if (breaker.open) for (const job of this.#queue.splice(0)) this.#discard(job, breakerOpen());
    else if (slot.ready && !this.#slots.size) void this.#launch();
    this.#pump();
  }

  /** Quick questions that the worker leaves behind go to another. @param {Slot} slot @param {Job} [guilty] */
  #end(slot, guilty) {
    this.#slots.delete(slot);
    clearTimeout(slot.idle);
    slot.worker?.terminate();
    if (this.#disposed) return;
    for (const job of slot.jobs.values()) {
      if (job.isPhoto || job === guilty || job.question.type === 'start') continue;
      job.slot = undefined;
      this.#enqueue(job);
    }
  }

  /** Frees the bitmap of what no worker was sent. @param {Job} job @param {Failure} error */
  #discard(job, error) {
    for (const item of job.transfer) if (item instanceof ImageBitmap) item.close();
    job.reject(error);
  }
}
