// node compressed_size.mjs FILE…: prints one JSON array, [{ raw, gzip, brotli }, …], in bytes.
// Node's own zlib and brotli: the code that servers compress with, and several files at once.
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

const sizes = process.argv.slice(2).map(async (file) => {
  const content = await readFile(file);
  // What a careful site compresses with once and for all: best quality, largest ordinary window.
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: content.length };
  const [zipped, compressed] = await Promise.all([gzip(content, { level: 9 }), brotli(content, { params })]);
  return { raw: content.length, gzip: zipped.length, brotli: compressed.length };
});
console.log(JSON.stringify(await Promise.all(sizes)));
