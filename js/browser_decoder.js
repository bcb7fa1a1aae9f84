/** @import { Decoded } from './all_types.d.ts' */
import { formatOf, sizeIn } from './image_header.js';
import { checkSize, MAX_JPEG_PIXELS, readPixels } from './image_source.js';
import { TagdropError } from './tagdrop_error.js';

/** As in src/image/decode.rs, so that the same share of a JPEG is decoded. */
const JPEG_SHORT_SIDE = 750;

/** What Rust could decode as well, but slower; undefined when that is not so. @param {Uint8Array<ArrayBuffer>} bytes */
export async function decodeFaster(bytes) {
  try {
    const format = formatOf(bytes);
    return format === 'jpeg' ? await decodeScaled(bytes) : format === 'webp' ? await decodeWhole(bytes, format) : undefined;
  } catch {
    // Rust says what is wrong with it.
    return undefined;
  }
}

/** What Rust cannot decode on WebAssembly; undefined when the browser cannot either. @param {Uint8Array<ArrayBuffer>} bytes */
export async function decodeForeign(bytes) {
  const format = formatOf(bytes);
  if (!format || format === 'jpeg') return;
  const decoded = await decodeWhole(bytes, format);
  if (!decoded && 'ImageDecoder' in globalThis && (await ImageDecoder.isTypeSupported(`image/${format}`))) {
    throw new TagdropError('corrupt-image', 'The file is damaged or cut short. Copy or export it again.');
  }
  return decoded;
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {'webp' | 'avif' | 'heic' | 'jxl'} format @returns {Promise<Decoded | undefined>} */
async function decodeWhole(bytes, format) {
  const size = sizeIn(bytes, format);
  if (!size) return;
  checkSize(size);
  const bitmap = await createImageBitmap(new Blob([bytes], { type: `image/${format}` })).catch(() => undefined);
  if (!bitmap) return;
  try {
    const pixels = await readPixels(bitmap);
    return { ...pixels, image: { width: pixels.width, height: pixels.height, format } };
  } finally {
    bitmap.close();
  }
}

/** In the DCT domain, as Rust does it. @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Decoded | undefined>} */
async function decodeScaled(bytes) {
  // Engines whose frames do not say how they are turned are not faster than Rust either.
  const size = 'rotation' in VideoFrame.prototype ? sizeIn(bytes, 'jpeg') : undefined;
  if (!size || size.width * size.height > MAX_JPEG_PIXELS) return;
  const short = Math.min(size.width, size.height);
  const eighths = [1, 2, 4].find((eighths) => Math.ceil((short * eighths) / 8) >= JPEG_SHORT_SIDE);
  if (!eighths) return;
  const [desiredWidth, desiredHeight] = [size.width, size.height].map((edge) => Math.ceil((edge * eighths) / 8));
  const decoder = new ImageDecoder({ data: bytes, type: 'image/jpeg', desiredWidth, desiredHeight, colorSpaceConversion: 'none' });
  const { image } = await decoder.decode().finally(() => decoder.close());
  const frame = /** @type {VideoFrame & { rotation: number, flip: boolean }} */ (image);
  try {
    const { codedWidth: width, codedHeight: height, rotation, flip } = frame;
    if (width !== desiredWidth || height !== desiredHeight) return;
    const upright = rotation % 180 ? { width: size.height, height: size.width } : size;
    const image = { ...upright, format: 'jpeg' };
    // A canvas turns it, which takes a little longer.
    if (rotation || flip) return { ...(await readPixels(frame)), image };
    const data = new Uint8Array(4 * width * height);
    await frame.copyTo(data, { format: 'RGBA' });
    return { width, height, data, image };
  } finally {
    frame.close();
  }
}
