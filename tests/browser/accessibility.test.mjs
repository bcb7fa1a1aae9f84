import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inEachBrowser } from './browsers.mjs';
import { answered, carried, drop, hook, openDemo, photo } from './demo.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'));

for (const dark of [false, true]) {
  inEachBrowser(
    dark ? 'accessibility, dark' : 'accessibility, light',
    (here) => {
      /** What axe finds wrong, one line each. */
      const violations = () =>
        here.page.run(async () => {
          const { violations } = await axe.run();
          return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
        });

      test('axe finds nothing wrong, empty or full', async () => {
        const { page, site } = here;
        site.answers.set('/axe.js', (_, response) => response.setHeader('content-type', 'text/javascript').end(AXE));
        await openDemo(here);
        assert.equal(await page.run(() => matchMedia('(prefers-color-scheme: dark)').matches), dark);
        await page.run(() => void document.head.append(Object.assign(document.createElement('script'), { src: '/axe.js' })));
        await page.until(() => 'axe' in globalThis);
        assert.deepEqual(await violations(), []);

        await drop(page, [photo('coffee.jpg'), carried('notes.jpg', 'no image')]);
        await answered(page, 2);
        await page.run(() => {
          const slider = document.querySelector('[data-testid=min-confidence]');
          slider.value = '0';
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          document.querySelector('[data-testid=near-best]').click();
        });
        await page.until(() => document.querySelectorAll('[data-testid=tag]').length === 5);
        await page.click(`${hook('tag')}:nth-child(3) ${hook('remove-tag')}`);
        await page.click(hook('add-tag'));
        await page.type('mine');
        await page.press('Enter');
        await page.until(() => document.querySelector('[data-testid=tag][data-state=yours]'));
        await page.click(hook('download-csv'));
        await page.until(() => !document.querySelector('[data-testid=notice]').hidden);
        assert.deepEqual(await violations(), []);

        // It can fail.
        await page.run(() => document.querySelector('[data-testid=photo] button').removeAttribute('aria-label'));
        assert.ok((await violations()).length > 0);
      });
    },
    { dark },
  );
}
