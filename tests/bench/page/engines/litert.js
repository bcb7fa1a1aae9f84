import { getGlobalLiteRtPromise, loadAndCompile, loadLiteRt, Tensor } from '/peers/@litertjs/core/dist/index.js';
import { EDGE, interleave } from '../pixels.js';

/** One thread. It takes its binary with relaxed SIMD where the browser has that. @param {string} url */
export async function open(url) {
  await (getGlobalLiteRtPromise() ?? loadLiteRt('/peers/@litertjs/core/wasm/', { threads: false }));
  const model = await loadAndCompile(url, { accelerator: 'wasm' });
  const values = new Float32Array(EDGE * EDGE * 3);
  return {
    /** @param {ImageData} image */
    async infer({ data }) {
      interleave(data, values);
      const input = new Tensor(values, [1, EDGE, EDGE, 3]);
      const [output] = await model.run(input);
      const logits = /** @type {Float32Array} */ (await output.data());
      input.delete();
      output.delete();
      return logits;
    },
  };
}
