/**
 * A worker's page side without a worker: what is posted is kept, and the test answers when and as it likes.
 * `FakeWorkers` is what a pool spawns from.
 */
export class FakeWorkers {
  /** @type {FakeWorker[]} in order of their construction */
  all = [];
  /** Answers `start` at once. */
  starts = true;

  spawn = () => {
    const worker = new FakeWorker(this);
    this.all.push(worker);
    return worker;
  };

  get alive() {
    return this.all.filter(({ terminated }) => !terminated);
  }

  /** The photos that workers have and have not answered, by source. */
  get tagging() {
    return this.alive.flatMap((worker) => worker.open.filter(({ type }) => type === 'tag').map(({ source }) => source));
  }

  /** The one live worker that has this photo. */
  with(source) {
    return this.alive.find(({ open }) => open.some((request) => request.source === source));
  }
}

/** What a worker says of itself. */
export const about = (options, locale = 'en') => ({ model: 'net@1', locale, options });

class FakeWorker {
  terminated = false;
  /** Every request, in order. */
  posted = [];
  /** Requests without an answer. */
  open = [];
  /** Which binary it has been given. */
  prepared;

  constructor(workers) {
    this.workers = workers;
  }

  postMessage(request, transfer = []) {
    if (this.terminated) throw new Error('posted to a worker that has ended');
    const copy = structuredClone(request, { transfer });
    if (copy.type === 'prepare') {
      this.prepared = copy.variant;
      return;
    }
    this.posted.push(copy);
    if (copy.type === 'abort') return;
    this.open.push(copy);
    if (copy.type === 'start' && this.workers.starts) queueMicrotask(() => this.done('start', about(copy.options)));
  }

  terminate() {
    this.terminated = true;
  }

  /** Answers the oldest open request of a type. */
  done(type, value) {
    this.#reply({ type: 'done', value }, type);
  }

  failed(type, code) {
    this.#reply({ type: 'failed', error: { code, message: code } }, type);
  }

  trapped(type) {
    this.#reply({ type: 'trapped', error: { code: 'worker-crashed', message: 'unreachable' } }, type);
  }

  progress(stage, loaded = 0, total = 0) {
    const { id } = this.open.find(({ type }) => type === 'tag');
    this.onmessage({ data: { type: 'progress', id, stage, loaded, total } });
  }

  /** An uncaught error, or without a message a script that cannot be loaded. */
  dies(message) {
    this.onerror({ message, preventDefault() {} });
  }

  #reply(reply, type) {
    const at = this.open.findIndex((request) => request.type === type);
    const [{ id }] = this.open.splice(at, 1);
    this.onmessage({ data: { ...reply, id } });
  }
}

/** The result of a photo, of which the pool only looks at `timings`. */
export const tagged = () => ({ outcome: 'tagged', tags: [], model: 'net@1', timings: { decode: 1 } });

/** Lets everything that is settled be noticed. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
