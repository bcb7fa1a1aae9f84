/**
 * Runs an ONNX model over many photos under onnxruntime-web, whose integer arithmetic is exact. (Native onnxruntime adds
 * pairs of u8×s8 products in 16 bits on x86 processors without VNNI, and saturates.)
 *
 * node exact.mjs MODEL EDGE <PIXELS >OUTPUTS
 *
 * Standard input is one RGB image of EDGE × EDGE after another, as bytes. Standard output is, for each of them, the values
 * of every output of the model in the model's order, little-endian.
 */
import { once } from 'node:events';
import { readFileSync, readSync } from 'node:fs';
import * as ort from 'onnxruntime-web';

/** Of the training code, as in photos.py: value = (rgb - MEAN) / SCALE. */
const MEAN = 127;
const SCALE = 128;

/**
 * @param {Uint8Array} rgb height, width, channel
 * @param {number} edge pixels
 * @returns {ort.Tensor} the network's input: 1, channel, height, width
 */
function inputTensor(rgb, edge) {
  const plane = edge * edge;
  const values = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      values[channel * plane + i] = (rgb[3 * i + channel] - MEAN) / SCALE;
    }
  }
  return new ort.Tensor('float32', values, [1, 3, edge, edge]);
}

/**
 * The next image from standard input.
 * @param {Uint8Array} rgb filled to the end
 * @returns {boolean} whether there was one
 */
function readImage(rgb) {
  let filled = 0;
  while (filled < rgb.length) {
    const read = readSync(0, rgb, filled, rgb.length - filled, null);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}

const [modelPath, edgeText] = process.argv.slice(2);
const edge = Number(edgeText);
// One thread, and no rewriting of the graph: the answer is that of the nodes as they stand in the file.
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(readFileSync(modelPath), {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'disabled',
});
const rgb = new Uint8Array(edge * edge * 3);
while (readImage(rgb)) {
  const outputs = await session.run({ input: inputTensor(rgb, edge) });
  for (const name of session.outputNames) {
    const { buffer, byteOffset, byteLength } = /** @type {Float32Array | Uint8Array} */ (outputs[name].data);
    // Copied: the pipe may still be writing when the next run reuses the memory.
    if (!process.stdout.write(Buffer.from(buffer, byteOffset, byteLength).slice())) await once(process.stdout, 'drain');
  }
}
