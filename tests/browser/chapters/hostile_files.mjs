import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { eventually } from '../browsers.mjs';
import { carried, ESPRESSO, fixturePath, openBench, photo } from '../visit.mjs';

/** @param {string} path below tests/fixtures/ @param {string} [name] that it goes by */
const fixture = (path, name = path) => carried(name, readFileSync(fixturePath(path)));

const coffee = readFileSync(fixturePath('images/coffee.jpg'));

/** A PNG that says it is 100 000 × 100 000 pixels, and then ends. */
const HUGE = Buffer.from('89504e470d0a1a0a0000000d49484452000186a0000186a0080200000027309c9f', 'hex');

/** Of each file what must become of it. @type {(import('../visit.mjs').Carried & { expected: string })[]} */
const FOLDER = [
  ['tagged', photo('coffee.jpg')],
  ...Array.from({ length: Math.ceil(coffee.length / 1024) }, (_, kilobytes) => [
    kilobytes ? 'corrupt-image' : 'empty-file',
    carried(`coffee-${kilobytes}-kB.jpg`, coffee.subarray(0, kilobytes * 1024)),
  ]),
  ['tagged', fixture('images/chelsea.jpg', 'a jpeg.png')],
  ['tagged', fixture('images/formats/rgb.png', 'a png.jpg')],
  ['unsupported-format', carried('text.jpg', 'The quick brown fox', 'image/jpeg')],
  ['unsupported-format', carried('script.js.png', 'alert(1)', 'image/png')],
  ['image-too-large', carried('huge.png', HUGE, 'image/png')],
  ['tagged', photo('rocket.jpg')],
  ['tagged', fixture('crashers/zip-bomb.png')],
  ['corrupt-image', fixture('crashers/jpeg-without-scans.jpg')],
  ['unsupported-format', carried('drawing.svg', "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", 'image/svg+xml')],
  ['unsupported-format', carried('phone.heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'image/heic')],
  ['unsupported-format', carried('paper.pdf.jpg', '%PDF-1.7', 'application/pdf')],
  ['empty-file', carried('nothing.png', '', 'image/png')],
  ['tagged', photo('coffee.jpg')],
].map(([expected, file]) => ({ ...file, expected }));

/** @param {import('../browsers.mjs').Here} here */
export function hostileFiles(here) {
  before(() => openBench(here));

  test('a folder of hostile files costs neither a photo, nor a worker, nor memory', async () => {
    const { page } = here;
    await page.run(async (folder) => {
      globalThis.tagger = await bench.tagdrop.createTagger({ workers: 1, workerUrl: '/stories/present_worker.js' });
      globalThis.files = folder.map(({ name, type, base64 }) => new File([bench.bytesOf(base64)], name, { type }));
    }, FOLDER);
    const workers = await page.run(() => bench.rollCall());
    assert.equal(workers.length, 1);

    const pass = () =>
      page.run(async () => {
        const results = [];
        for await (const { index, outcome, tags, error } of tagger.tagAll(files)) results[index] = { outcome, best: tags[0]?.id, message: error?.message };
        return { results, memory: await tagger.wasmMemoryBytes() };
      });
    const [first, second] = [await pass(), await pass()];
    for (const { results } of [first, second]) {
      assert.equal(results.length, FOLDER.length);
      assert.deepEqual(
        results.map(({ outcome }, at) => `${FOLDER[at].name}: ${outcome}`),
        FOLDER.map(({ name, expected }) => `${name}: ${expected}`),
      );
      assert.equal(results[0].best, ESPRESSO);
      assert.deepEqual(results.at(-1), results[0], 'the last photo is as right as the first');
      assert.match(results[FOLDER.findIndex(({ name }) => name === 'phone.heic')].message, /HEIC/);
    }
    assert.ok(first.memory > 0);
    assert.equal(second.memory, first.memory);
    assert.deepEqual(await page.run(() => bench.rollCall()), workers, 'it is the same worker');
  });

  test('after dispose() no worker remains', async () => {
    const { page } = here;
    await page.run(async () => {
      globalThis.three = await bench.tagdrop.createTagger({ workers: 3, workerUrl: '/stories/present_worker.js' });
    });
    await page.until(async () => (await bench.rollCall()).length >= 3);
    assert.ok(page.workers >= 3, `${page.workers}`);
    // One of them in the middle of a photo.
    assert.equal(
      await page.run(async () => {
        const tagging = bench.refusal(three.tag(await bench.photo('coffee.jpg')));
        three.dispose();
        globalThis.tagger?.dispose();
        return (await tagging).code;
      }),
      'disposed',
    );
    await page.until(async () => (await bench.rollCall()).length === 0);
    await eventually(() => page.workers === 0);
    assert.equal(await page.run(async () => (await bench.refusal(three.tag(files[0]))).code), 'disposed');
  });
}
