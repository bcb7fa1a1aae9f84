import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { answered, carried, drop, hook, openDemo, photo } from '../visit.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'));

/** @param {import('../browsers.mjs').Here} here */
export function accessibility(here) {
  /** What axe finds wrong, one line each. */
  const violations = () =>
    here.page.run(async () => {
      const { violations } = await axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
    });

  before(async () => {
    const { page, site } = here;
    site.answers.set('/axe.js', (_, response) => response.setHeader('content-type', 'text/javascript').end(AXE));
    await openDemo(here);
    await page.run(() => void document.head.append(Object.assign(document.createElement('script'), { src: '/axe.js' })));
    await page.until(() => 'axe' in globalThis);
  });

  test('axe finds nothing wrong with the empty page', async () => {
    assert.equal(await here.page.run(() => matchMedia('(prefers-color-scheme: dark)').matches), Boolean(here.dark));
    assert.deepEqual(await violations(), []);
  });

  test('axe finds nothing wrong with photos, tags of every kind, a failure and a notice', async () => {
    const { page } = here;
    await drop(page, [photo('coffee.jpg'), carried('notes.jpg', 'no image')]);
    await answered(page, 2);
    await page.run(() => {
      const slider = document.querySelector('[data-testid=min-confidence]');
      slider.value = '0';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      document.querySelector('[data-testid=near-best]').click();
    });
    await page.until(() => document.querySelectorAll('[data-testid=tag]').length === 5);
    const first = `${hook('photo')}:first-child`;
    await page.click(`${first} ${hook('tag')}:nth-child(3) ${hook('remove-tag')}`);
    await page.click(`${first} ${hook('add-tag')}`);
    await page.type('mine');
    await page.press('Enter');
    await page.click(hook('copy-json'));
    await page.until(() => !document.querySelector('[data-testid=notice]').hidden);
    const kinds = await page.run(() => Array.from(document.querySelectorAll('[data-testid=tag]'), ({ dataset }) => dataset.state));
    assert.deepEqual([...new Set(kinds)].sort(), ['accepted', 'rejected', 'suggested', 'yours']);
    assert.deepEqual(await violations(), []);

    // It can fail.
    await page.run(() => document.querySelector('[data-testid=photo] button').removeAttribute('aria-label'));
    assert.ok((await violations()).length > 0);
  });
}
