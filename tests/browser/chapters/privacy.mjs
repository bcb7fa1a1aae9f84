import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../browsers.mjs';
import { answered, drop, ESPRESSO, hook, openDemo, photo, PHOTOS } from '../visit.mjs';

const TWENTY = Array.from({ length: 20 }, (_, at) => photo(PHOTOS[at % PHOTOS.length]));

/** The policy that the package must be content with, word for word. */
const SCRIPT_SRC = "script-src 'self' 'wasm-unsafe-eval'";

/** @param {import('../browsers.mjs').Here['page']} page */
const counted = (page) => page.run(() => Number(document.querySelector('[data-testid=privacy]').dataset.requests));

/** What the browser keeps for the site. @param {import('../browsers.mjs').Here['page']} page */
const kept = (page) =>
  page.run(async () => ({
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));

/** @param {import('../browsers.mjs').Here} here */
export function privacy(here) {
  /** Requests until the model was loaded, by witness. */
  const loaded = { browser: 0, server: 0 };

  /** What has reached the server since. Browsers look for a new service worker when they like, whatever the page does. */
  const reached = () => here.site.requests.slice(loaded.server).filter((path) => path !== '/service_worker.js');

  /** Nothing has, and the page says so. */
  const assertSilence = async () => {
    assert.deepEqual(reached(), []);
    assert.equal(await counted(here.page), 0);
  };

  /** So many photos have been looked at. @param {number} count */
  const assertLookedAt = async (count) => {
    const cards = await answered(here.page, count);
    assert.equal(cards.filter(({ outcome }) => outcome === 'tagged' || outcome === 'no-confident-tag').length, count);
  };

  test('tagging twenty photos asks the network for nothing', async () => {
    const { page, site } = here;
    await openDemo(here);
    Object.assign(loaded, { browser: page.requests.length, server: site.requests.length });
    assert.ok(loaded.browser > 20 && loaded.server > 20, 'both witnesses saw the page load');
    await drop(page, TWENTY);
    await assertLookedAt(20);
    await assertSilence();
    assert.deepEqual(page.requests.slice(loaded.browser), [], 'nor did the browser begin one, to whomever');
  });

  test('cancelling and going on asks for nothing either, although it takes a new worker', async () => {
    const { page } = here;
    await page.run(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector('[data-stage=inference]')) return;
        observer.disconnect();
        document.querySelector('[data-testid=cancel]').click();
      }).observe(document.body, { subtree: true, attributeFilter: ['data-stage'] });
    });
    await drop(page, TWENTY);
    const cancelled = (await answered(page, 40)).filter(({ outcome }) => outcome === 'aborted');
    assert.ok(cancelled.length > 0);
    await page.click(hook('resume'));
    await page.until(() => !document.querySelector('[data-testid=photo]:is([data-outcome=aborted], :not([data-outcome]))'));
    await assertLookedAt(40);
    // The browser began some, for the new worker's scripts, which the service worker answered.
    await assertSilence();
  });

  test('each witness speaks up when there is a request', async () => {
    const { page, site } = here;
    const before = page.requests.length;
    await page.run(() => fetch('./tagdrop/index.js', { cache: 'no-store' }).then(() => {}));
    await page.until(() => document.querySelector('[data-testid=privacy]').dataset.requests === '1');
    assert.deepEqual(page.requests.slice(before), [`${site.url}tagdrop/index.js`]);
    assert.deepEqual(reached(), ['/tagdrop/index.js']);
  });

  test('the page is content with a strict policy', async () => {
    const { page, site } = here;
    await page.beforeLoad(() => {
      globalThis.forbidden = [];
      addEventListener('securitypolicyviolation', ({ violatedDirective }) => globalThis.forbidden.push(violatedDirective));
    });
    const complaints = page.complaints.length;
    await openDemo(here);
    const policy = await page.run(async () => (await fetch(location.href)).headers.get('content-security-policy'));
    assert.ok(policy.split(';').some((directive) => directive.trim() === SCRIPT_SRC), policy);
    await drop(page, [photo('coffee.jpg'), photo('rocket.jpg')]);
    await answered(page, 2);
    await page.click(hook('accept-all'));
    assert.deepEqual(await page.run(() => globalThis.forbidden), []);
    assert.deepEqual(page.complaints.slice(complaints), []);
    assert.deepEqual(site.violations, []);

    // The policy is in force, and each witness hears of it.
    await page.run(() => void document.head.append(Object.assign(document.createElement('script'), { textContent: 'globalThis.ran = true' })));
    assert.equal(await page.run(() => globalThis.ran), null);
    assert.match((await page.until(() => globalThis.forbidden))[0], /script-src/);
    assert.ok(page.complaints.length > complaints);
    await eventually(() => site.violations.length);
  });

  test('the second visit needs no server, and what is forgotten is gone', async () => {
    const { page, site } = here;
    await openDemo(here);
    await site.unplug();
    await openDemo(here);
    await drop(page, [photo('coffee.jpg')]);
    assert.equal((await answered(page, 1))[0].tags[0].id, ESPRESSO);
    const { caches, workers } = await kept(page);
    assert.equal(workers, 1);
    assert.ok(caches.includes('tagdrop') && caches.length === 2, caches.join());

    await page.click(hook('forget'));
    await page.until(() => !document.querySelector('[data-testid=notice]').hidden);
    assert.deepEqual(await kept(page), { caches: [], workers: 0 });
    await drop(page, [photo('chelsea.jpg')]);
    assert.equal((await answered(page, 2))[1].outcome, 'tagged', 'the open page goes on');
    assert.deepEqual(await kept(page), { caches: [], workers: 0 });
    await assert.rejects(page.open(site.url));

    await site.plugIn();
    const before = site.requests.length;
    await openDemo(here);
    assert.ok(site.requests.slice(before).some((path) => path.endsWith('.onnx')), 'all is fetched anew');
  });
}
