import { EDGE, separate } from '../pixels.js';

const LIBRARY = '/peers/@huggingface/transformers';

/** Its pipeline, as its documentation shows, with all files from this server. @param {string} model */
export async function open(model) {
  const { env, pipeline, Tensor } = await import(`${LIBRARY}/dist/transformers.min.js`);
  env.allowLocalModels = true;
  env.allowRemoteModels = false;
  env.localModelPath = '/models/transformers.js/';
  env.backends.onnx.wasm.wasmPaths = `${LIBRARY}/node_modules/onnxruntime-web/dist/`;
  const classifier = await pipeline('image-classification', model, { device: 'wasm', dtype: 'q8' });
  const values = new Float32Array(3 * EDGE * EDGE);
  return {
    /** The model alone: the pipeline would crop the picture. @param {ImageData} image */
    async infer({ data }) {
      separate(data, values);
      const { logits } = await classifier.model({ pixel_values: new Tensor('float32', values, [1, 3, EDGE, EDGE]) });
      return /** @type {Float32Array} */ (logits.data);
    },
    /** @param {File} file @returns {Promise<number[]>} */
    tag: async (file) => (await classifier(file)).map((/** @type {{ label: string }} */ { label }) => Number(label)),
  };
}
