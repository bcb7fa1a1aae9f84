import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { answered, cards, carried, drop, ESPRESSO, fixtureJson, fixturePath, hook, openBench, openDemo, photo, PHOTOS } from '../visit.mjs';

/** So far may scores lie apart, natively and in any browser. */
export const NEARLY = 1e-4;

/** All scores of all photos, by browser. @type {Map<string, number[][]>} */
export const scoresIn = new Map();

/** @param {import('../browsers.mjs').Here} here @param {string} browser */
export function photos(here, browser) {
  before(() => openDemo(here));

  test('a photo dropped on the page shows its tag', async () => {
    const { page } = here;
    await drop(page, [photo('coffee.jpg')]);
    const [card] = await answered(page, 1);
    assert.equal(card.outcome, 'tagged');
    assert.deepEqual(card.tags[0], { id: ESPRESSO, name: 'espresso', sure: '100%', state: 'accepted' });
  });

  test('photos come in by the file input, and by pasting', async () => {
    const { page } = here;
    const begun = (await cards(page)).length;
    await page.choose(hook('files'), [fixturePath('images/camera.jpg'), fixturePath('images/chelsea.jpg')]);
    await answered(page, begun + 2);
    await page.run(({ name, type, base64 }) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
      const paste = new ClipboardEvent('paste', { bubbles: true, cancelable: true });
      // Firefox's constructor takes text only.
      document.body.dispatchEvent(Object.defineProperty(paste, 'clipboardData', { value: clipboardData }));
    }, photo('rocket.jpg'));
    const seen = (await answered(page, begun + 3)).slice(begun).map(({ name, tags }) => [name, tags[0]?.name]);
    assert.deepEqual(seen, [['camera.jpg', 'tripod'], ['chelsea.jpg', 'cat'], ['rocket.jpg', 'military']]);
  });

  test('what is no photo says why, and can be taken out and put back', async () => {
    const { page } = here;
    const begun = (await cards(page)).length;
    const outcomes = async (count) => (await answered(page, begun + count)).slice(begun).map(({ outcome }) => outcome);
    await drop(page, [carried('notes.jpg', 'The quick brown fox', 'image/jpeg'), photo('coffee.jpg'), carried('nothing.png', '', 'image/png')]);
    assert.deepEqual(await outcomes(3), ['unsupported-format', 'tagged', 'empty-file']);
    assert.match((await cards(page))[begun].trouble, /not an image/);
    await page.click(hook('remove-failed'));
    assert.deepEqual(await outcomes(1), ['tagged']);
    await page.click(hook('notice-act'));
    assert.deepEqual((await outcomes(3)).sort(), ['empty-file', 'tagged', 'unsupported-format']);
  });

  test('every photo has the scores it has natively', async () => {
    const { page } = here;
    await openBench(here);
    const all = await page.run(async (photos) => {
      const tagger = await bench.tagdrop.createTagger();
      const all = [];
      for (const name of photos) all.push(Array.from((await tagger.tag(await bench.photo(name))).scores));
      tagger.dispose();
      return all;
    }, PHOTOS);
    scoresIn.set(browser, all);

    const golden = fixtureJson('golden/native-scores.json').photos;
    assert.deepEqual(golden.map(({ file }) => file), PHOTOS);
    for (const [at, { file, scores }] of golden.entries()) {
      const mine = all[at];
      const best = mine.map((_, index) => index).sort((a, b) => mine[b] - mine[a]);
      const expected = Object.keys(scores).map(Number).sort((a, b) => scores[b] - scores[a]);
      assert.deepEqual(best.slice(0, 5), expected, file);
      for (const index of expected) assert.ok(Math.abs(mine[index] - scores[index]) <= NEARLY, `${file}, class ${index}: ${mine[index]}`);
    }
  });
}
