import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { addressOf, kindOf, MAX_EDGE, MAX_FILE_BYTES, MAX_JPEG_PIXELS, MAX_PIXELS, readBytes, readPixels, toPosted } from '../../js/image_source.js';

/** Something whose class has this name; Node has none of the browser's own. */
const browsers = (name, fields = {}) => Object.assign(Object.create({ [Symbol.toStringTag]: name }), fields);

test('knows each kind of source, of whichever frame', () => {
  const kinds = {
    file: [new Blob(['x']), new File(['x'], 'x.png'), browsers('File')],
    bytes: [new ArrayBuffer(1), new Uint8Array(1), Buffer.from('x')],
    url: ['photo.jpg', '', new URL('https://a.example/b.png')],
    pixels: [browsers('ImageData')],
    drawable: ['ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas'].map((name) => browsers(name)),
  };
  for (const [kind, sources] of Object.entries(kinds)) {
    for (const source of sources) assert.equal(kindOf(source), kind, Object.prototype.toString.call(source));
  }
});

test('refuses everything else with a code', async () => {
  const others = [undefined, null, 0, true, {}, [], () => {}, new Uint16Array(1), new DataView(new ArrayBuffer(1)), browsers('HTMLVideoElement')];
  for (const source of [...others, browsers('toString'), browsers('constructor')]) {
    assert.throws(() => kindOf(source), { code: 'invalid-source' });
    await assert.rejects(toPosted(source), { code: 'invalid-source' });
  }
});

test('addresses are made absolute against the document, or else the location', (t) => {
  t.after(() => {
    delete globalThis.document;
    delete globalThis.location;
  });
  assert.throws(() => addressOf('a.png'), { code: 'invalid-source' });
  globalThis.location = { href: 'https://a.example/app/worker.js' };
  assert.equal(addressOf('a.png'), 'https://a.example/app/a.png');
  globalThis.document = { baseURI: 'https://a.example/gallery/' };
  assert.equal(addressOf('../a.png'), 'https://a.example/a.png');
  assert.equal(addressOf(new URL('data:image/png,x')), 'data:image/png,x');
  assert.throws(() => addressOf('https://'), { code: 'invalid-source' });
  assert.throws(() => addressOf('http://a b', 'invalid-options'), { code: 'invalid-options' });
});

test('a file is posted as it is; bytes are copied, and only the part that is meant', async () => {
  const blob = new Blob(['x']);
  assert.deepEqual(await toPosted(blob), { image: blob });

  const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
  for (const [source, expected] of [
    [buffer, [1, 2, 3, 4]],
    [new Uint8Array(buffer, 1, 2), [2, 3]],
  ]) {
    const { image, transfer } = await toPosted(source);
    assert.deepEqual([...new Uint8Array(image)], expected);
    assert.notEqual(image, buffer);
    assert.deepEqual(transfer, [image], 'the copy is moved');
  }
  assert.equal(buffer.byteLength, 4, 'the caller keeps its own');

  structuredClone(buffer, { transfer: [buffer] });
  await assert.rejects(toPosted(buffer), { code: 'invalid-source' });
});

test('a drawable is posted as a bitmap of its own', async (t) => {
  t.after(() => delete globalThis.createImageBitmap);
  const bitmap = { close() {} };
  globalThis.createImageBitmap = async () => bitmap;
  assert.deepEqual(await toPosted(browsers('ImageBitmap', { width: 1, height: 1 })), { image: bitmap, transfer: [bitmap] });

  globalThis.createImageBitmap = async () => {
    throw new DOMException('no size', 'InvalidStateError');
  };
  await assert.rejects(toPosted(browsers('HTMLCanvasElement', { width: 0, height: 0 })), { code: 'invalid-source' });
});

test('an image element is waited for; a broken one is a corrupt image', async () => {
  const broken = browsers('HTMLImageElement', { naturalWidth: 0, naturalHeight: 0, decode: async () => Promise.reject(new DOMException('', 'EncodingError')) });
  await assert.rejects(toPosted(broken), { code: 'corrupt-image' });
  await assert.rejects(readPixels(broken), { code: 'corrupt-image' });
});

test('what is too large is refused before it is read, by the limits of src/limits.rs', async () => {
  const rust = await readFile(new URL('../../src/limits.rs', import.meta.url), 'utf8');
  const limit = (name) => {
    const [, value, shift] = rust.match(new RegExp(`const ${name}: \\w+ = ([\\d_]+)(?: << (\\d+))?;`));
    return Number(value.replaceAll('_', '')) * 2 ** Number(shift ?? 0);
  };
  for (const [name, value] of Object.entries({ MAX_EDGE, MAX_FILE_BYTES, MAX_JPEG_PIXELS, MAX_PIXELS })) assert.equal(value, limit(name), name);

  const unread = () => assert.fail('it was read');
  await assert.rejects(readBytes(browsers('File', { size: MAX_FILE_BYTES + 1, arrayBuffer: unread })), { code: 'image-too-large' });
  await assert.rejects(toPosted(browsers('Uint8Array', { byteLength: MAX_FILE_BYTES + 1, slice: unread })), { code: 'image-too-large' });
  const large = { width: MAX_PIXELS, height: 2 };
  await assert.rejects(toPosted(browsers('ImageBitmap', large)), { code: 'image-too-large' });
  await assert.rejects(readPixels(browsers('ImageData', large)), { code: 'image-too-large' });
  await assert.rejects(readPixels(browsers('ImageBitmap', { width: 1, height: MAX_EDGE + 1 })), { code: 'image-too-large' });
});

test('reads bytes without copying more than it must, and says when a file is gone', async () => {
  const view = Uint8Array.of(1, 2);
  assert.equal(await readBytes(view), view);
  assert.deepEqual(await readBytes(view.buffer), view);
  assert.deepEqual(await readBytes(new Blob([view])), view);
  const gone = browsers('File', { size: 1, arrayBuffer: async () => Promise.reject(new DOMException('', 'NotReadableError')) });
  await assert.rejects(readBytes(gone), { code: 'fetch-failed' });
});

test('takes 8-bit pixels only', async () => {
  const pixels = browsers('ImageData', { width: 1, height: 1, data: new Uint8ClampedArray(4) });
  assert.deepEqual(await readPixels(pixels), { ...pixels });
  await assert.rejects(readPixels(browsers('ImageData', { width: 1, height: 1, data: new Float32Array(4) })), { code: 'invalid-source' });
});
