import { EDGE, interleave } from '../pixels.js';

const LIBRARY = '/peers/@tensorflow';

/** It has no modules that a page can import without a bundler. @param {string} src */
const script = (src) =>
  new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject }));
  });

/**
 * One thread, 128-bit SIMD. It has no file format for a network that was not made in it, and so this one is built from its operators.
 * @param {string} url of what models/build/tfjs.py writes, without the ending
 */
export async function open(url) {
  await script(`${LIBRARY}/tfjs-core/dist/tf-core.es2017.min.js`);
  await script(`${LIBRARY}/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js`);
  const { tf } = /** @type {any} */ (globalThis);
  tf.wasm.setWasmPaths(`${LIBRARY}/tfjs-backend-wasm/dist/`);
  await tf.setBackend('wasm');
  const layers = await (await fetch(`${url}.json`)).json();
  const constants = await (await fetch(`${url}.bin`)).arrayBuffer();

  /** @param {{ shape: number[], offset: number }} place */
  const constant = ({ shape, offset }) => tf.tensor(new Float32Array(constants, offset * 4, shape.reduce((a, b) => a * b)), shape);
  for (const layer of layers) if (layer.weight) Object.assign(layer, { weight: constant(layer.weight), bias: constant(layer.bias) });

  /** @param {any} layer @param {any[]} inputs */
  const apply = ({ kind, stride, relu6, weight, bias }, [x, y]) => {
    const convolution = { x, filter: weight, strides: stride, pad: 'same', bias, activation: relu6 ? 'relu6' : 'linear' };
    if (kind === 'convolution') return tf.fused.conv2d(convolution);
    if (kind === 'depthwise') return tf.fused.depthwiseConv2d(convolution);
    if (kind === 'add') return tf.add(x, y);
    if (kind === 'mean') return tf.mean(x, [1, 2]);
    return tf.fused.matMul({ a: x, b: weight, bias });
  };
  const values = new Float32Array(EDGE * EDGE * 3);
  return {
    /** @param {ImageData} image */
    async infer({ data }) {
      interleave(data, values);
      const logits = tf.tidy(() => {
        const known = /** @type {Record<string, any>} */ ({ input: tf.tensor(values, [1, EDGE, EDGE, 3]) });
        for (const layer of layers) {
          const inputs = layer.inputs.map((/** @type {string} */ name) => known[name]);
          known[layer.name] = apply(layer, inputs);
        }
        return known[layers.at(-1).name];
      });
      const answer = /** @type {Float32Array} */ (await logits.data());
      logits.dispose();
      return answer;
    },
  };
}
