import { best, prepared } from '../pixels.js';
import * as litert from './litert.js';
import * as mediapipe from './mediapipe.js';
import * as onnxruntime from './onnxruntime.js';
import * as tagdrop from './tagdrop.js';
import * as tfjs from './tfjs.js';
import * as transformers from './transformers.js';

/**
 * @typedef {object} Network
 * @property {(pixels: ImageData) => Float32Array | number[] | Promise<Float32Array>} infer Pixels to logits, or to the best five classes where an engine gives no more.
 * @property {(file: File) => Promise<number[]>} [tag] A photo to its best classes, where an engine does that itself.
 */

const MODEL = '/models/efficientnet-lite0';

/** The same network in each. These modules are the benchmark's; what they open imports the engine itself. @type {Record<string, () => Promise<Network>>} */
export const NETWORKS = {
  'Tagdrop int8': tagdrop.open,
  'LiteRT.js int8': () => litert.open(`${MODEL}-int8.tflite`),
  'LiteRT.js int8, plain SIMD': () => litert.open(`${MODEL}-int8.tflite`, { plain: true }),
  'MediaPipe uint8': () => mediapipe.open(`${MODEL}-uint8.tflite`),
  'LiteRT.js float': () => litert.open(`${MODEL}-float.tflite`),
  'TensorFlow.js float': () => tfjs.open(`${MODEL}-float`),
  'transformers.js q8': () => transformers.open('efficientnet-lite0'),
  'onnxruntime-web QOperator': () => onnxruntime.open(`${MODEL}-int8-qoperator.onnx`),
  'onnxruntime-web QDQ': () => onnxruntime.open(`${MODEL}-int8-qdq.onnx`),
  'onnxruntime-web float': () => onnxruntime.open(`${MODEL}-float.onnx`),
};

/**
 * The best classes in a photo. For an engine that takes pixels the browser decodes it, as good pages do while the engine still loads.
 * @param {string} name @param {Promise<Network>} opening @param {File} file
 */
export async function classesIn(name, opening, file) {
  if (name.startsWith('transformers.js')) return (await opening).tag?.(file) ?? [];
  const [{ infer }, image] = await Promise.all([opening, prepared(file)]);
  const answer = await infer(image);
  return answer instanceof Float32Array ? best(answer) : answer;
}
