import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { ESPRESSO, fixtureJson, fixturePath, openBench } from '../visit.mjs';

const coffee = readFileSync(fixturePath('images/coffee.jpg'));
const tiny = fixtureJson('models/float.json');

/** @param {import('../browsers.mjs').Here} here */
export function thePackage(here) {
  before(async () => {
    await openBench(here);
    await here.page.run(async () => {
      globalThis.tagger = await bench.tagdrop.createTagger({ workers: 2, workerUrl: '/stories/present_worker.js' });
      globalThis.coffee = await bench.photo('coffee.jpg');
    });
  });

  test('tagAll yields in order of completion, and a bad file stops nothing', async () => {
    const { page, site } = here;
    const { arrived } = site.drip('/slow.jpg', coffee.subarray(0, 1000), coffee.length);
    void arrived.then((response) => site.answers.set('/go-on', (_, other) => void (response.end(coffee.subarray(1000)), other.end())));
    const seen = await page.run(async () => {
      const sources = ['/slow.jpg', new Blob(['no image']), coffee, 17, new Blob([])];
      const seen = [];
      for await (const { index, source, outcome } of tagger.tagAll(sources, { maxPending: 2 })) {
        seen.push([index, outcome, source === sources[index]]);
        if (index === 4) await fetch('/go-on');
      }
      return seen;
    });
    assert.deepEqual(seen, [
      [1, 'unsupported-format', true],
      [2, 'tagged', true],
      [3, 'invalid-source', true],
      [4, 'empty-file', true],
      [0, 'tagged', true],
    ]);
  });

  test('leaving the loop of tagAll stops the rest', async () => {
    const { page, site } = here;
    const { left } = site.drip('/slow.jpg', coffee.subarray(0, 1000), coffee.length);
    const { pulled, closed } = await page.run(async () => {
      let [pulled, closed] = [0, false];
      function* sources() {
        try {
          yield '/slow.jpg';
          pulled++;
          for (;; pulled++) yield coffee;
        } finally {
          closed = true;
        }
      }
      for await (const { index } of tagger.tagAll(sources(), { maxPending: 2 })) if (index === 1) break;
      return { pulled, closed };
    });
    await left;
    assert.equal(closed, true);
    assert.ok(pulled <= 2, `${pulled} photos were taken from the source`);
    assert.equal((await page.run(() => bench.told(tagger.tag(coffee)))).best, ESPRESSO);
  });

  test('every kind of source is tagged', async () => {
    const results = await here.page.run(async () => {
      const bytes = await coffee.arrayBuffer();
      const url = new URL('/samples/coffee.jpg', location.href);
      const bitmap = await createImageBitmap(coffee);
      const { width, height } = bitmap;
      const image = Object.assign(new Image(), { src: url.href });
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const offscreen = new OffscreenCanvas(width, height);
      for (const drawing of [canvas, offscreen]) drawing.getContext('2d').drawImage(bitmap, 0, 0);
      const pixels = offscreen.getContext('2d').getImageData(0, 0, width, height);
      const padded = new Uint8Array(bytes.byteLength + 9);
      padded.set(new Uint8Array(bytes), 9);
      const sources = {
        File: coffee,
        Blob: new Blob([coffee]),
        ArrayBuffer: bytes,
        Uint8Array: padded.subarray(9),
        string: url.pathname,
        URL: url,
        ImageBitmap: bitmap,
        HTMLImageElement: image,
        HTMLCanvasElement: canvas,
        OffscreenCanvas: offscreen,
        ImageData: pixels,
      };
      const results = {};
      for await (const { index, outcome, tags, image } of tagger.tagAll(Object.values(sources))) {
        results[Object.keys(sources)[index]] = { outcome, best: tags[0]?.id, image };
      }
      // None was taken away from the caller.
      return { ...results, kept: [bytes.byteLength, padded.length, bitmap.width, pixels.data.length].map(Boolean) };
    });
    const { kept, ...tagged } = results;
    assert.deepEqual(kept, [true, true, true, true]);
    assert.equal(Object.keys(tagged).length, 11);
    for (const [kind, { outcome, best, image }] of Object.entries(tagged)) {
      const isFile = /^(File|Blob|ArrayBuffer|Uint8Array|string|URL)$/.test(kind);
      const made = isFile ? { format: 'jpeg', decodedBy: 'rust' } : { format: 'pixels', decodedBy: 'browser' };
      assert.deepEqual({ outcome, best, image }, { outcome: 'tagged', best: ESPRESSO, image: { width: 600, height: 400, ...made } }, kind);
    }
  });

  test('a source that cannot be had says why', async () => {
    const seen = await here.page.run(async () => {
      const broken = Object.assign(new Image(), { src: '/samples/README.md' });
      const sources = ['/samples/absent.jpg', '/samples/README.md', broken];
      const outcomes = [];
      for (const source of sources) outcomes.push((await bench.told(tagger.tag(source))).outcome);
      for (const source of [undefined, {}, 'http://:', document.body]) outcomes.push((await bench.told(tagger.tag(source))).code);
      return outcomes;
    });
    assert.deepEqual(seen, ['fetch-failed', 'unsupported-format', 'corrupt-image', ...Array(4).fill('invalid-source')]);
  });

  test('tags are chosen again from kept scores, without the network', async () => {
    const seen = await here.page.run(async () => {
      const stages = [];
      const onProgress = ({ stage }) => stages.push(stage);
      const { scores, tags } = await tagger.tag(coffee, { onProgress });
      const begun = stages.length;
      const ids = (tags) => tags.map(({ id }) => id);
      const few = await tagger.select(scores);
      const many = await tagger.select(scores, { maxTags: 7, minConfidence: 0, relativeCut: 0 });
      await tagger.setOptions({ maxTags: 2, minConfidence: 0, relativeCut: 0 });
      const set = await tagger.select(scores);
      await tagger.setOptions({ maxTags: undefined, minConfidence: undefined, relativeCut: undefined });
      const reset = await tagger.select(scores);
      return { stages, begun, tags, few, many: ids(many), set, reset };
    });
    assert.deepEqual(seen.stages, ['queued', 'decode', 'inference', 'select']);
    assert.equal(seen.begun, 4);
    assert.deepEqual(seen.few, seen.tags);
    assert.deepEqual([seen.many.length, seen.many[0]], [7, ESPRESSO]);
    assert.deepEqual(seen.set.map(({ id, state }) => [id, state]), seen.many.slice(0, 2).map((id) => [id, 'accepted']));
    assert.deepEqual(seen.reset, seen.tags);
  });

  test('wrong options are refused, at the start and later, and change nothing', async () => {
    const codes = await here.page.run(async () => {
      const { createTagger } = bench.tagdrop;
      const wrong = [{ maxTag: 3 }, { minConfidence: 2 }, { maxTags: -1 }, { relativeCut: 'a' }];
      const code = async (promised) => (await bench.refusal(promised))?.code;
      const codes = [];
      for (const options of [...wrong, { workers: 0 }, { worker: 'no' }, { idleSeconds: -1 }]) codes.push(await code(createTagger(options)));
      for (const options of wrong) codes.push(await code(tagger.setOptions(options)));
      codes.push(await code(tagger.tag(coffee, { sgnal: null })));
      const { scores, tags } = await tagger.tag(coffee);
      codes.push(await code(tagger.select(scores, { maxTags: 1.5 })));
      return { codes, same: JSON.stringify(await tagger.select(scores)) === JSON.stringify(tags) };
    });
    assert.deepEqual(codes, { codes: Array(13).fill('invalid-options'), same: true });
  });

  test('a model that is another than its manifest says is refused', async () => {
    const { page, site } = here;
    const own = await page.run(() => fetch('/tagdrop/models/efficientnet-lite0/manifest.json').then((response) => response.json()));
    const file = `/tagdrop/models/efficientnet-lite0/${own.file}`;
    const flipped = own.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    site.answerJson('/models/other-hash.json', { ...own, file, sha256: flipped });
    site.answerJson('/models/other-labels.json', { ...own, file, labels: own.labels.slice(1) });
    site.answerJson('/models/no-manifest.json', { file });
    site.answerJson('/models/no-file.json', { ...own, file: 'absent.onnx' });
    const codes = await page.run(async (names) => {
      const codes = [];
      // Else the right file would be found by its hash.
      const cache = false;
      for (const name of names) codes.push((await bench.refusal(bench.tagdrop.createTagger({ modelUrl: `/models/${name}.json`, cache })))?.code);
      return codes;
    }, ['other-hash', 'other-labels', 'no-manifest', 'no-file', 'absent']);
    assert.deepEqual(codes, ['model-mismatch', 'model-mismatch', 'model-mismatch', 'model-unavailable', 'model-unavailable']);
  });

  test('a float model of one’s own tags, by the binary that runs any model', async () => {
    const { page, site } = here;
    site.answerJson('/models/float/manifest.json', tiny.manifest);
    site.answers.set('/models/float/float.onnx', (_, response) => void response.end(readFileSync(fixturePath('models/float.onnx'))));
    const begun = site.requests.length;
    const seen = await page.run(async () => {
      const tagger = await bench.tagdrop.createTagger({ modelUrl: '/models/float/manifest.json', minConfidence: 0, workers: 1 });
      // What make.py gave to onnxruntime.
      const pixels = new ImageData(32, 32);
      for (let pixel = 0; pixel < 1024; pixel++) for (let channel = 0; channel < 4; channel++) pixels.data[4 * pixel + channel] = channel < 3 ? (7 * (3 * pixel + channel)) % 256 : 255;
      const { model, outcome, tags, scores } = await tagger.tag(pixels);
      tagger.dispose();
      return { model, outcome, best: tags[0].id, scores: Array.from(scores) };
    });
    assert.deepEqual([seen.model, seen.outcome, seen.best], ['tiny-float@1', 'tagged', 'test:west']);
    for (const [at, logit] of tiny.logits.entries()) assert.ok(Math.abs(seen.scores[at] - logit) < 1e-4, `${seen.scores}`);
    assert.deepEqual(site.requests.slice(begun).filter((path) => path.endsWith('.wasm')), ['/tagdrop/pkg/any-model/tagdrop_bg.wasm']);
  });

  test('without a worker the same comes out', async () => {
    const same = await here.page.run(async () => {
      const local = await bench.tagdrop.createTagger({ worker: false });
      const [here, there] = await Promise.all([local.tag(coffee), tagger.tag(coffee)]);
      local.dispose();
      const after = (await bench.refusal(local.tag(coffee))).code;
      return { tags: here.tags, same: JSON.stringify([here.tags, here.image]) === JSON.stringify([there.tags, there.image]), after };
    });
    assert.equal(same.tags[0].id, ESPRESSO);
    assert.deepEqual([same.same, same.after], [true, 'disposed']);
  });

  test('a worker without work is ended, and the next photo starts one', async () => {
    const { page } = here;
    const others = await page.run(() => bench.rollCall());
    await page.run(async () => {
      globalThis.brief = await bench.tagdrop.createTagger({ workers: 1, idleSeconds: 0.1, workerUrl: '/stories/present_worker.js' });
    });
    await page.until(async (count) => (await bench.rollCall()).length === count, others.length);
    assert.equal(await page.run(() => brief.wasmMemoryBytes()), 0);
    assert.equal((await page.run(() => bench.told(brief.tag(coffee)))).best, ESPRESSO);
    await page.run(() => brief.dispose());
  });
}
