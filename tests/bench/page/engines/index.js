/**
 * @typedef {object} Network
 * @property {(pixels: ImageData) => Float32Array | number[] | Promise<Float32Array>} infer Pixels to logits, or to the best five classes where an engine gives no more.
 */

/** The same network in each; modules are imported when asked for. @type {Record<string, () => Promise<Network>>} */
export const NETWORKS = {
  'Tagdrop int8': async () => (await import('./tagdrop.js')).open(),
  'LiteRT.js int8': async () => (await import('./litert.js')).open('/models/efficientnet-lite0-int8.tflite'),
  'MediaPipe uint8': async () => (await import('./mediapipe.js')).open('/models/efficientnet-lite0-uint8.tflite'),
  'LiteRT.js float': async () => (await import('./litert.js')).open('/models/efficientnet-lite0-float.tflite'),
  'onnxruntime-web QOperator': async () => (await import('./onnxruntime.js')).open('/models/efficientnet-lite0-int8-qoperator.onnx'),
  'onnxruntime-web QDQ': async () => (await import('./onnxruntime.js')).open('/models/efficientnet-lite0-int8-qdq.onnx'),
  'onnxruntime-web float': async () => (await import('./onnxruntime.js')).open('/models/efficientnet-lite0-float.onnx'),
};
