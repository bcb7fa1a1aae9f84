/// <reference lib="webworker" />

/**
 * Keeps the page: what the browser loads as document, script, style, picture or worker. The model and the wasm binary are
 * fetched by the package and kept by it; they pass by here untouched.
 *
 * Every visit that reaches the server begins a store of its own, and from then on the visit's files are asked of the server
 * once: files of two versions never mix, a restarted worker costs no request, and without a network the newest store that
 * has the file answers. No state is held here, for the browser may end this worker at any time.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** `offline.js` knows this name, too: it begins the first visit's store and clears old ones away. */
const STORE = 'tagdrop-page-';

const PAGE = worker.registration.scope;
const SAMPLES = new URL('./samples/', PAGE).href;
const KEPT = new Set(['script', 'style', 'image', 'worker']);

/** Milliseconds after which a server counts as not there. */
const PATIENCE = 4000;

/** Which window started which tagging worker, as far as this life of the service worker has seen it. @type {Map<string, string>} */
const owners = new Map();

worker.addEventListener('install', () => void worker.skipWaiting());

worker.addEventListener('message', (event) => {
  if (event.data === 'claim') event.waitUntil(worker.clients.claim());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate') {
    if (isPage(request.url)) event.respondWith(visit(request));
    return;
  }
  if (event.resultingClientId) owners.set(event.resultingClientId, owners.get(event.clientId) ?? event.clientId);
  const isFile = request.method === 'GET' && request.url.startsWith(PAGE);
  if (isFile && (KEPT.has(request.destination) || request.url.startsWith(SAMPLES))) event.respondWith(answer(event));
  else event.waitUntil(report(event, true));
});

/** Other pages may lie below this one's address; what they load is theirs. @param {string} url */
function isPage(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/index\.html$/, '') === PAGE;
}

/** @param {Request} request */
async function visit(request) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.ok) {
      const store = await caches.open(`${STORE}${Date.now()}`);
      await store.put(PAGE, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await findIn(await stores(), PAGE);
    if (kept) return kept;
    throw error;
  }
}

/** @param {FetchEvent} event */
async function answer(event) {
  const { request } = event;
  const asking = await windowOf(event);
  if (asking && !isPage(asking.url)) return fetch(request);
  const [newest, ...older] = await stores();
  const kept = newest && (await findIn([newest], request.url));
  event.waitUntil(report(event, !kept));
  if (kept) return kept;
  try {
    const response = await fetch(request);
    // Without a store everything was forgotten on purpose: nothing is kept again before the next visit.
    if (response.ok && newest) event.waitUntil(keep(newest, request.url, response.clone()));
    return response;
  } catch (error) {
    const old = await findIn(older, request.url);
    if (old) return old;
    throw error;
  }
}

/** Names of the page's stores, the newest first. */
async function stores() {
  return (await caches.keys()).filter((name) => name.startsWith(STORE)).sort().reverse();
}

/** @param {string[]} names @param {string} url */
async function findIn(names, url) {
  for (const name of names) {
    const found = await caches.match(url, { cacheName: name, ignoreVary: true });
    if (found) return found;
  }
}

/** @param {string} name @param {string} url @param {Response} response */
async function keep(name, url, response) {
  // Opening would make a store anew that was forgotten a moment ago.
  if (await caches.has(name)) await (await caches.open(name)).put(url, response);
}

/** The window on whose behalf a request is made; undefined for a worker whose start this life has not seen. @param {FetchEvent} event */
async function windowOf(event) {
  const client = await worker.clients.get(owners.get(event.clientId) ?? event.clientId);
  return client?.type === 'window' ? client : undefined;
}

/**
 * Tells the window on whose behalf a request was made, so that it can count.
 * @param {FetchEvent} event
 * @param {boolean} sent Whether the request goes to the network.
 */
async function report(event, sent) {
  const message = { type: 'request', url: event.request.url, sent, at: performance.timeOrigin + performance.now() };
  const asking = await windowOf(event);
  // Not known: rather counted by too many windows than by none.
  const told = asking ? [asking] : await worker.clients.matchAll({ type: 'window' });
  for (const client of told) client.postMessage(message);
}
