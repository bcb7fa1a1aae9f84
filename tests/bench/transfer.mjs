import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');

/** 11 would take minutes for the large ones and gain a few per cent. */
const QUALITY = 9;

/** Of the benchmark itself. */
const OURS = /^tests\/(bench\/page|fixtures)\//;

const MODEL = /^(target\/models|js\/models)\//;

/** @param {string} file */
async function brotli(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return (await promisify(brotliCompress)(await readFile(join(ROOT, file)), { params })).length;
}

/** @param {string[]} files */
const sum = async (files) => (await Promise.all(files.map(brotli))).reduce((a, b) => a + b, 0);

/** Bytes through brotli of the engine and of the model among the files that a page asked for. @param {Iterable<string>} served */
export async function transferOf(served) {
  const files = [...served].filter((file) => !OURS.test(file));
  return { engine: await sum(files.filter((file) => !MODEL.test(file))), model: await sum(files.filter((file) => MODEL.test(file))) };
}
