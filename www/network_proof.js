/** Marks a report of the service worker; see `service_worker.js`. */
const REPORT = 'request';

/**
 * What went out since the model was loaded, and to which addresses; what a person asked for is counted apart.
 * @typedef {{ requests: number, downloads: number, urls: string[] }} Count
 */

/**
 * Counts what this page asks of the network once the model is loaded. Two witnesses: the browser's own record of the page's
 * requests, and the service worker, through which the tagging workers' requests go as well. A request that both saw counts
 * once; one that the service worker answered from its store did not reach the network and does not count.
 */
export class NetworkProof {
  /** Milliseconds since 1970, so that the clocks of both witnesses compare. */
  #since = Infinity;
  /** @type {Map<string, { seen: number, reported: number, sent: number }>} */
  #urls = new Map();
  #isAskedFor;
  #onCount;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(url: string) => boolean} isAskedFor By a person: it is a download, and counted apart.
   * @param {(count: Count) => void} onCount
   */
  constructor(isAskedFor, onCount) {
    this.#isAskedFor = isAskedFor;
    this.#onCount = onCount;
    new PerformanceObserver((list) => {
      for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) this.#see(entry);
    }).observe({ type: 'resource' });
    navigator.serviceWorker?.addEventListener('message', ({ data }) => {
      if (data?.type === REPORT) this.#hear(data);
    });
  }

  /** From now on every request counts. */
  begin() {
    this.#since = performance.timeOrigin + performance.now();
    this.#count();
  }

  /** @param {PerformanceResourceTiming} entry */
  #see({ name, startTime, transferSize, decodedBodySize }) {
    // blob: and data: are memory of this page. No bytes but a body: the browser's own cache answered.
    if (!/^https?:/.test(name) || (transferSize === 0 && decodedBodySize > 0)) return;
    this.#note(name, performance.timeOrigin + startTime, { seen: 1 });
  }

  /** @param {{ url: string, sent: boolean, at: number }} report */
  #hear({ url, sent, at }) {
    this.#note(url, at, { reported: 1, sent: Number(sent) });
  }

  /** @param {string} url @param {number} at @param {{ seen?: number, reported?: number, sent?: number }} more */
  #note(url, at, { seen = 0, reported = 0, sent = 0 }) {
    if (at < this.#since) return;
    const known = this.#urls.get(url) ?? { seen: 0, reported: 0, sent: 0 };
    this.#urls.set(url, { seen: known.seen + seen, reported: known.reported + reported, sent: known.sent + sent });
    // The witnesses speak in any order: let both finish before a number is shown.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#count(), 200);
  }

  #count() {
    let requests = 0;
    let downloads = 0;
    const urls = [];
    for (const [url, { seen, reported, sent }] of this.#urls) {
      if (this.#isAskedFor(url)) {
        downloads += Math.max(seen, reported);
        continue;
      }
      const times = sent + Math.max(0, seen - reported);
      requests += times;
      if (times) urls.push(url);
    }
    this.#onCount({ requests, downloads, urls });
  }
}
