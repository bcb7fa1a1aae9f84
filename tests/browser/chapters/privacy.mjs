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
  test('tagging twenty photos asks the network for nothing', async () => {
    const { page, site } = here;
    await openDemo(here);
    const before = { browser: page.requests.length, server: site.requests.length };
    assert.ok(before.browser > 20 && before.server > 20, 'both witnesses see the page load');
    await drop(page, TWENTY);
    const cards = await answered(page, 20);
    assert.equal(cards.filter(({ outcome }) => outcome === 'tagged' || outcome === 'no-confident-tag').length, 20);
    assert.deepEqual(page.requests.slice(before.browser), []);
    assert.deepEqual(site.requests.slice(before.server), []);
    assert.equal(await counted(page), 0);

    // Each witness speaks up when there is one.
    await page.run(async () => void (await fetch('./tagdrop/index.js', { cache: 'no-store' })));
    await page.until(() => document.querySelector('[data-testid=privacy]').dataset.requests === '1');
    assert.equal(page.requests.length, before.browser + 1);
    assert.deepEqual(site.requests.slice(before.server), ['/tagdrop/index.js']);
  });

  test('cancelling and going on asks for nothing either, although it takes a new worker', async () => {
    const { page, site } = here;
    await openDemo(here);
    const before = site.requests.length;
    await page.run(() => {
      const cancel = document.querySelector('[data-testid=cancel]');
      new MutationObserver((_, observer) => {
        if (!document.querySelector('[data-stage=inference]')) return;
        observer.disconnect();
        cancel.click();
      }).observe(document.body, { subtree: true, attributeFilter: ['data-stage'] });
    });
    await drop(page, TWENTY.slice(0, 5));
    const cancelled = (await answered(page, 5)).filter(({ outcome }) => outcome === 'aborted');
    assert.equal(cancelled.length, 5);
    await page.click(hook('resume'));
    await page.until(() => !document.querySelector('[data-testid=photo]:is([data-outcome=aborted], :not([data-outcome]))'));
    const cards = await answered(page, 5);
    assert.equal(cards.filter(({ outcome }) => outcome === 'tagged' || outcome === 'no-confident-tag').length, 5);
    assert.deepEqual(site.requests.slice(before), []);
    assert.equal(await counted(page), 0);
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
