/** @import { ErrorCode, ImageSource, PostedImage } from './all_types.d.ts' */
import { TagdropError } from './tagdrop_error.js';

// As in src/limits.rs: here before a file is read or a canvas is drawn.
export const MAX_FILE_BYTES = 200 << 20;
export const MAX_EDGE = 65_535;
export const MAX_JPEG_PIXELS = 100_000_000;
export const MAX_PIXELS = 50_000_000;

/** By class name, since `instanceof` fails for what comes from another frame. */
const KINDS = {
  file: ['Blob', 'File'],
  bytes: ['ArrayBuffer', 'Uint8Array'],
  url: ['String', 'URL'],
  pixels: ['ImageData'],
  drawable: ['ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas'],
};

/** @param {unknown} source */
export function kindOf(source) {
  const name = Object.prototype.toString.call(source).slice(8, -1);
  for (const [kind, names] of Object.entries(KINDS)) if (names.includes(name)) return /** @type {keyof typeof KINDS} */ (kind);
  throw new TagdropError('invalid-source', `A value of type ${name} is not an image source.`);
}

/** A worker could not make it absolute. @param {unknown} url @param {ErrorCode} code of what is none */
export function addressOf(url, code = 'invalid-source') {
  const { document, location } = /** @type {any} */ (globalThis);
  try {
    return new URL(String(url), document?.baseURI ?? location?.href).href;
  } catch {
    throw new TagdropError(code, `'${url}' is not a URL.`);
  }
}

/** @param {boolean} isTooLarge @param {number} limit @param {string} unit */
function refuse(isTooLarge, limit, unit) {
  if (isTooLarge) throw new TagdropError('image-too-large', `The image has more than ${limit} ${unit}.`);
}

/** @param {{ width: number, height: number }} size */
export function checkSize({ width, height }) {
  refuse(Math.max(width, height) > MAX_EDGE, MAX_EDGE, 'pixels along an edge');
  refuse(width * height > MAX_PIXELS, MAX_PIXELS, 'pixels');
}

/** A RangeError is a lack of memory; else it is of another origin, detached or without size. @param {unknown} cause */
function unreadable(cause) {
  const code = cause instanceof RangeError ? 'image-too-large' : 'invalid-source';
  return new TagdropError(code, `The image's pixels cannot be read: ${cause}`, { cause });
}

/** Of an `<img>` once it has loaded. @param {any} source */
async function sizeOf(source) {
  try {
    await source.decode?.();
  } catch (cause) {
    throw new TagdropError('corrupt-image', 'The image element has no image to show.', { cause });
  }
  // Of an element, of a frame, of all others.
  const width = source.naturalWidth ?? source.displayWidth ?? source.width;
  const height = source.naturalHeight ?? source.displayHeight ?? source.height;
  checkSize({ width, height });
  return { width, height };
}

/**
 * What a worker can be sent. What is moved instead of cloned is never what the caller holds.
 * @param {ImageSource} source @returns {Promise<{ image: PostedImage, transfer?: Transferable[] }>}
 */
export async function toPosted(source) {
  const any = /** @type {any} */ (source);
  const kind = kindOf(source);
  if (kind === 'url') return { image: addressOf(source) };
  if (kind === 'file') return { image: any };
  if (kind === 'bytes') refuse(any.byteLength > MAX_FILE_BYTES, MAX_FILE_BYTES, 'bytes');
  else await sizeOf(source);
  if (kind === 'pixels') return { image: any };
  try {
    const copy = kind === 'bytes' ? any.slice() : await createImageBitmap(any);
    const image = copy.buffer ?? copy;
    return { image, transfer: [image] };
  } catch (error) {
    throw unreadable(error);
  }
}

/** @param {any} source of kind 'file' or 'bytes' @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function readBytes(source) {
  refuse((source.size ?? source.byteLength) > MAX_FILE_BYTES, MAX_FILE_BYTES, 'bytes');
  if (source.buffer) return source;
  try {
    return new Uint8Array((await source.arrayBuffer?.()) ?? source);
  } catch (cause) {
    throw new TagdropError('fetch-failed', `The file cannot be read: ${cause}`, { cause });
  }
}

/** @param {any} source of kind 'pixels' or 'drawable', or a VideoFrame */
export async function readPixels(source) {
  const { width, height } = await sizeOf(source);
  let { data } = source;
  try {
    if (!data) {
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      context?.drawImage(source, 0, 0, width, height);
      data = context?.getImageData(0, 0, width, height).data;
    }
    if (data.BYTES_PER_ELEMENT !== 1) throw new TypeError('its channels have more than 8 bits');
    return { width, height, data };
  } catch (error) {
    throw unreadable(error);
  }
}
