import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ESPRESSO, openBench } from '../visit.mjs';

/** @param {import('../browsers.mjs').Here} here @param {string} browser */
export function decoding(here, browser) {
  before(async () => {
    await openBench(here);
    await here.page.run(async () => {
      const { createTagger } = bench.tagdrop;
      const [rust, fast] = await Promise.all([createTagger({ workers: 1 }), createTagger({ workers: 1, decoder: 'fast' })]);
      /** What came of it, in short. */
      const tell = ({ outcome, tags, image }) => ({ outcome, best: tags[0]?.id, ...image });
      /** The cosine of the angle between two lists of scores: 1 when they are the same. */
      const likeness = (some, others) => {
        const dot = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
        return dot(some, others) / Math.sqrt(dot(some, some) * dot(others, others));
      };
      Object.assign(globalThis, { rust, fast, tell, likeness });
    });
  });

  test('AVIF is decoded by the browser in every mode, upright, and says so', async () => {
    const seen = await here.page.run(async () => {
      const here = await bench.tagdrop.createTagger({ worker: false });
      const avif = await bench.photo('formats/turned.avif', '');
      const seen = [];
      for (const tagger of [rust, fast, here]) seen.push(tell(await tagger.tag(avif)));
      seen.push(tell(await rust.tag('/samples/formats/turned.avif')));
      here.dispose();
      return seen;
    });
    const expected = { outcome: 'tagged', best: ESPRESSO, width: 300, height: 200, format: 'avif', decodedBy: 'browser' };
    assert.deepEqual(seen, Array(4).fill(expected));
  });

  test('an AVIF that is cut short or too large says so', async () => {
    const outcomes = await here.page.run(async () => {
      const bytes = new Uint8Array(await (await bench.photo('formats/turned.avif')).arrayBuffer());
      const huge = bytes.slice();
      const ispe = new TextDecoder('latin1').decode(bytes).indexOf('ispe');
      // 60 000 × 60 000 pixels.
      for (const at of [8, 12]) new DataView(huge.buffer).setUint32(ispe + at, 60_000);
      const outcomes = [];
      for (const file of [bytes.subarray(0, 100), bytes.subarray(0, bytes.length >> 1), huge]) outcomes.push((await rust.tag(file)).outcome);
      return outcomes;
    });
    assert.deepEqual(outcomes, ['corrupt-image', 'corrupt-image', 'image-too-large']);
  });

  test('JPEG XL is decoded where the browser can, and refused by name where not', async () => {
    const { can, message, ...seen } = await here.page.run(async () => {
      const result = await rust.tag(await bench.photo('formats/photo.jxl', ''));
      return { can: await ImageDecoder.isTypeSupported('image/jxl'), message: result.error?.message, ...tell(result) };
    });
    // So small a picture is not surely an espresso, but surely something to eat or drink.
    if (can) assert.deepEqual(seen, { outcome: 'tagged', best: 'n07555863', width: 300, height: 200, format: 'jxl', decodedBy: 'browser' });
    else assert.deepEqual([seen.outcome, /JPEG XL/.test(message)], ['unsupported-format', true]);
  });

  test('fast: large JPEGs are decoded by Chromium, upright whatever their orientation, and tagged as by Rust', async () => {
    const seen = await here.page.run(async () => {
      const photo = await createImageBitmap(await bench.photo('coffee.jpg'));
      const canvas = new OffscreenCanvas(2700, 1810);
      canvas.getContext('2d').drawImage(photo, 0, 0, 2700, 1810);
      const jpeg = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
      /** With an EXIF segment that holds nothing but an orientation. */
      const turned = (orientation) => {
        const exif = `ffe1 0022 457869660000 4d4d002a 00000008 0001 0112 0003 00000001 000${orientation} 0000 00000000`;
        const segment = Uint8Array.from(exif.replaceAll(' ', '').match(/../g), (byte) => parseInt(byte, 16));
        return new Blob([jpeg.slice(0, 2), segment, jpeg.slice(2)]);
      };
      const seen = [];
      let first;
      for (let orientation = 1; orientation <= 8; orientation++) {
        const [one, other] = [await rust.tag(turned(orientation)), await fast.tag(turned(orientation))];
        first ??= one;
        seen.push({ one: tell(one), other: tell(other), same: likeness(one.scores, other.scores), upright: likeness(first.scores, one.scores) });
      }
      const cut = [jpeg.slice(0, jpeg.size >> 1), jpeg.slice(0, jpeg.size - 2)];
      return { seen, cut: [(await fast.tag(cut[0])).outcome, (await fast.tag(cut[1])).outcome] };
    });
    const decodedBy = browser === 'Chromium' ? 'browser' : 'rust';
    assert.equal(seen.seen.length, 8);
    for (const [at, { one, other, same, upright }] of seen.seen.entries()) {
      const orientation = at + 1;
      const [width, height] = orientation < 5 ? [2700, 1810] : [1810, 2700];
      assert.deepEqual(one, { outcome: 'tagged', best: one.best, width, height, format: 'jpeg', decodedBy: 'rust' }, `orientation ${orientation}`);
      // Of a cup that lies on its side neither is sure, and which of two concepts comes first is a matter of the last digits.
      assert.deepEqual(other, { ...one, best: other.best, decodedBy }, `orientation ${orientation}`);
      assert.ok(same > 0.995, `orientation ${orientation}: ${same}`);
      // The picture was not turned, only said to be: a decoder that ignored it would give the first one's scores.
      if (at) assert.ok(upright < same, `orientation ${orientation}: ${upright}, ${same}`);
    }
    assert.deepEqual(seen.cut, ['corrupt-image', 'corrupt-image']);
  });

  test('fast: what the browser is not better at is Rust’s, to the last score', async () => {
    const files = ['alpha.webp', 'animated.webp', 'baseline.jpg', 'cmyk.jpg', 'grey.jpg', 'grey-16-bit.png', 'icon.ico', 'lossless.webp', 'palette-transparent.png', 'progressive.jpg', 'rgba.png'];
    const seen = await here.page.run(async (files) => {
      const seen = {};
      for (const name of [...files, 'lossy.webp']) {
        const photo = await bench.photo(`formats/${name}`, '');
        const [one, other] = [await rust.tag(photo), await fast.tag(photo)];
        seen[name] = [other.image.decodedBy, likeness(one.scores, other.scores), one.scores.every((score, at) => score === other.scores[at])];
      }
      return seen;
    }, files);
    const { 'lossy.webp': [decodedBy, same], ...others } = seen;
    assert.deepEqual(Object.keys(others), files);
    for (const [name, [decodedBy, , equal]] of Object.entries(others)) assert.deepEqual([decodedBy, equal], ['rust', true], name);
    assert.equal(decodedBy, 'browser');
    assert.ok(same > 0.999, `${same}`);
  });

  test('a worker reads the next file before it decodes the one before', async () => {
    const log = await here.page.run(async () => {
      const channel = new BroadcastChannel('log');
      const log = [];
      channel.onmessage = ({ data }) => log.push(data);
      const tagger = await bench.tagdrop.createTagger({ workers: 1, workerUrl: '/stories/log_worker.js' });
      const coffee = await (await bench.photo('coffee.jpg')).arrayBuffer();
      // As many bytes more as its place says.
      const files = Array.from({ length: 5 }, (_, place) => new Blob([coffee, new Uint8Array(place)]));
      const base = coffee.byteLength;
      const outcomes = await Promise.all(files.map((file) => tagger.tag(file)));
      tagger.dispose();
      channel.close();
      return [...log.map((line) => line.replace(/\d+/, (size) => size - base)), ...new Set(outcomes.map(({ outcome }) => outcome))];
    });
    // The first was given before any was waiting, so nothing was read ahead.
    assert.deepEqual(log, ['read 0', 'decode 0', 'read 2', 'read 1', 'decode 1', 'read 3', 'decode 2', 'read 4', 'decode 3', 'decode 4', 'tagged']);
  });
}
