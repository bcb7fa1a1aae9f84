import { EDGE, interleave } from '../pixels.js';

const LIBRARY = '/peers/@litertjs/core';

/**
 * One thread. It takes its binary with relaxed SIMD where the browser has that, or else the one with `plain` SIMD.
 * @param {string} url @param {{ plain?: boolean }} [wishes]
 */
export async function open(url, { plain = false } = {}) {
  // A module holds one binary, and so the second needs another copy of the module: hence the query.
  const { getGlobalLiteRtPromise, loadAndCompile, loadLiteRt, Tensor } = await import(`${LIBRARY}/dist/index.js${plain ? '?plain' : ''}`);
  // In a worker it would look for its binary beside the worker's script.
  if (typeof document === 'undefined') Object.assign(self, { Module: { locateFile: (/** @type {string} */ name) => `${LIBRARY}/wasm/${name}` } });
  await (getGlobalLiteRtPromise() ?? loadLiteRt(`${LIBRARY}/wasm/${plain ? 'litert_wasm_compat_internal.js' : ''}`, { threads: false }));
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
