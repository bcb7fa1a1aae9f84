import { EDGE, separate } from '../pixels.js';

const LIBRARY = '/peers/onnxruntime-web/dist';

/** One thread. @param {string} url */
export async function open(url) {
  const ort = await import(`${LIBRARY}/ort.wasm.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${LIBRARY}/`;
  const session = await ort.InferenceSession.create(url, { executionProviders: ['wasm'] });
  const values = new Float32Array(3 * EDGE * EDGE);
  return {
    /** @param {ImageData} image */
    async infer({ data }) {
      separate(data, values);
      const { logits } = await session.run({ input: new ort.Tensor('float32', values, [1, 3, EDGE, EDGE]) }, ['logits']);
      return /** @type {Float32Array} */ (logits.data);
    },
  };
}
