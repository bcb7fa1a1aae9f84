import { forgetLanguage } from './texts.js';

/** The stores of `service_worker.js`. */
const STORE = 'tagdrop-page-';

/** Milliseconds to wait for the service worker before starting without it: then only this visit is not kept. */
const PATIENCE = 3000;

/**
 * Resolves when the service worker stands between this page and the network, so that the package's scripts and those of its
 * workers pass through it and are kept. Browsers without one (and private windows of some) go on without.
 */
export async function prepareOffline() {
  if (!navigator.serviceWorker) return;
  try {
    await Promise.race([takeControl(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  } catch {
    // Refused by the browser's settings: the page works, online.
  }
}

async function takeControl() {
  await navigator.serviceWorker.register('./service_worker.js');
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    // The first visit, or a reload that asked to pass the service worker by.
    const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    active?.postMessage('claim');
    await controlled;
    await caches.open(`${STORE}${Date.now()}`);
  }
}

/**
 * Completes this visit's store with what was loaded before the service worker was there, and lets go of older visits. Where
 * that fails, for want of room or of a file, the page works all the same, online.
 */
export async function keepPage() {
  if (!navigator.serviceWorker?.controller) return;
  try {
    await completeStore();
  } catch {
    // Older stores are still there and answer as before.
  }
}

async function completeStore() {
  const names = (await caches.keys()).filter((name) => name.startsWith(STORE)).sort();
  const newest = names.pop();
  if (!newest) return;
  const store = await caches.open(newest);
  const page = new URL('./', location.href).href;
  const loaded = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'))
    .filter(({ name, initiatorType, responseStatus }) => name.startsWith(page) && initiatorType !== 'fetch' && responseStatus < 400)
    .map(({ name }) => name);
  for (const url of new Set([page, ...loaded])) {
    if (!(await store.match(url))) await store.add(url);
  }
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** Ends the service worker and removes what it kept; the open page goes on from memory. */
export async function forgetPage() {
  forgetLanguage();
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  await Promise.all(registrations.map((registration) => registration.unregister()));
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(names.filter((name) => name.startsWith(STORE)).map((name) => caches.delete(name)));
}

/** @returns {Promise<number | undefined>} Bytes this browser keeps for the page, by its own estimate. */
export async function bytesKept() {
  return (await navigator.storage?.estimate?.())?.usage;
}
