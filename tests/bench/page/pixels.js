/** What every engine is given, whatever layout it wants. */

export const EDGE = 224;

/** Of the network's preprocessing: the centre square of so much of the short side. */
const CROP = 0.875;

const MEAN = 127;
const SCALE = 128;

const canvas = new OffscreenCanvas(EDGE, EDGE);
const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
context.imageSmoothingQuality = 'high';

/** As pages prepare a photo for other engines: the browser decodes, a canvas crops and shrinks. @param {Blob} file */
export async function prepared(file) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const side = Math.floor(Math.min(width, height) * CROP);
  context.drawImage(bitmap, (width - side) >> 1, (height - side) >> 1, side, side, 0, 0, EDGE, EDGE);
  bitmap.close();
  return context.getImageData(0, 0, EDGE, EDGE);
}

/** A picture of exactly the network's size, as it is. @param {Blob} file */
export async function exact(file) {
  context.drawImage(await createImageBitmap(file), 0, 0);
  return context.getImageData(0, 0, EDGE, EDGE);
}

/** Red, green, blue of one pixel after the other. @param {Uint8ClampedArray} rgba @param {Float32Array} target */
export function interleave(rgba, target) {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    target[to] = (rgba[from] - MEAN) / SCALE;
    target[to + 1] = (rgba[from + 1] - MEAN) / SCALE;
    target[to + 2] = (rgba[from + 2] - MEAN) / SCALE;
  }
}

/** All red, then all green, then all blue. @param {Uint8ClampedArray} rgba @param {Float32Array} target */
export function separate(rgba, target) {
  const plane = target.length / 3;
  for (let from = 0, to = 0; to < plane; from += 4, to++) {
    target[to] = (rgba[from] - MEAN) / SCALE;
    target[to + plane] = (rgba[from + 1] - MEAN) / SCALE;
    target[to + 2 * plane] = (rgba[from + 2] - MEAN) / SCALE;
  }
}

/** Indices of the five greatest, best first. @param {Float32Array} logits */
export const best = (logits) =>
  Array.from(logits.keys())
    .sort((a, b) => logits[b] - logits[a])
    .slice(0, 5);
