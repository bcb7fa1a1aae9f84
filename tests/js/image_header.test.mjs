import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { formatOf, sizeIn } from '../../js/image_header.js';

const FORMATS = new URL('../fixtures/images/formats/', import.meta.url);

/** @param {string} hex @param {string} [rest] as latin1 */
const bytes = (hex, rest = '') => new Uint8Array([...Buffer.from(hex.replaceAll(' ', ''), 'hex'), ...Buffer.from(rest, 'latin1')]);

/** A box of an ISO base media file. */
const box = (type, content) => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(type, 4, 'latin1');
  return `${head.toString('latin1')}${content}`;
};

/** The property that says how large a picture or tile is. */
const ispe = (width, height) => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width);
  size.writeUInt32BE(height, 4);
  return box('ispe', `\0\0\0\0${size.toString('latin1')}`);
};

test('of all formats it tells those that a browser may decode, by their bytes, with their size', async () => {
  const known = {};
  for (const name of await readdir(FORMATS)) {
    const file = new Uint8Array(await readFile(new URL(name, FORMATS)));
    const format = formatOf(file);
    if (format) known[name] = [format, Object.values(sizeIn(file, format) ?? {}).join('×')];
  }
  assert.deepEqual(known, {
    'baseline.jpg': ['jpeg', '96×64'],
    // Rust's affair: not three components.
    'cmyk.jpg': ['jpeg', ''],
    'grey.jpg': ['jpeg', ''],
    'large.jpg': ['jpeg', '2000×1000'],
    'lossy.webp': ['webp', '96×64'],
    'photo.jxl': ['jxl', '300×200'],
    'progressive.jpg': ['jpeg', '96×64'],
    'turned.avif': ['avif', '200×300'],
  });
});

test('tells AVIF from HEIC by any brand, and takes the largest of several sizes', () => {
  const meta = box('meta', `\0\0\0\0${box('iprp', box('ipco', ispe(512, 512) + ispe(4032, 3024) + ispe(320, 240)))}`);
  const brands = { avif: ['avif', '\0\0\0\0', 'mif1'], heic: ['mif1', '\0\0\0\0', 'heic'] };
  for (const [format, list] of [...Object.entries(brands), ['avif', ['mif1', '\0\0\0\0', 'avif']], ['heic', ['msf1', '\0\0\0\0', 'hevc']]]) {
    const file = bytes('', box('ftyp', list.join('')) + box('free', 'ispe') + meta);
    assert.equal(formatOf(file), format, list.join());
    assert.deepEqual(sizeIn(file, format), { width: 4032, height: 3024 });
  }
  assert.equal(formatOf(bytes('', box('ftyp', 'isom\0\0\0\0mp42'))), undefined);
});

test('reads the size of JPEG XL however it is written, bare or in boxes', () => {
  const sizes = [
    // By djxl's account: 300 × 200; 600 × 400 in parts, behind a box for a JPEG's rest.
    ['ff0a 3141 4271', 300, 200],
    ['0000000c 4a584c20 0d0a870a 00000014 66747970 6a786c20 00000000 6a786c20 00003637 6a786c63 ff0a 3141 4271', 300, 200],
    ['0000000c 4a584c20 0d0a870a 00000014 66747970 6a786c20 00000000 6a786c20 00000012 6a786c70 00000000 ff0a 784c 1009', 600, 400],
    // Small and square: 8 × (7 + 1) by the ratio 1.
    ['ff0a 4f00', 64, 64],
  ];
  for (const [hex, width, height] of sizes) {
    const file = bytes(hex);
    assert.equal(formatOf(file), 'jxl');
    assert.deepEqual(sizeIn(file, 'jxl'), { width, height }, hex);
  }
});

test('of a file that is cut short or nonsense it says nothing', async () => {
  for (const [name, format] of [['baseline.jpg', 'jpeg'], ['lossy.webp', 'webp'], ['turned.avif', 'avif'], ['photo.jxl', 'jxl']]) {
    const file = new Uint8Array(await readFile(new URL(name, FORMATS)));
    const { width, height } = sizeIn(file, format);
    for (let length = 0; length < 400; length++) {
      const size = sizeIn(file.subarray(0, length), format);
      if (size) assert.deepEqual(size, { width, height }, `${length} bytes of ${name}`);
    }
  }
  assert.equal(formatOf(new Uint8Array(0)), undefined);
  assert.equal(sizeIn(bytes('ffd8 0000 0000 0000'), 'jpeg'), undefined);
  assert.equal(sizeIn(bytes('', `${box('ftyp', 'avif')}${'\0'.repeat(64)}`), 'avif'), undefined);
});

test('JPEGs are scaled as far as Rust scales them', async () => {
  const [browser, rust] = await Promise.all(['js/browser_decoder.js', 'src/image/decode.rs'].map((path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')));
  const shortSide = (source) => /JPEG_SHORT_SIDE(?:: u32)? = (\d+);/.exec(source)?.[1];
  assert.ok(shortSide(rust));
  assert.equal(shortSide(browser), shortSide(rust));
});
