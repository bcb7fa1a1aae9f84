/** @import { Loading } from './all_types.d.ts' */
import { loadFile } from './load_model.js';
import { TagdropError } from './tagdrop_error.js';

/** A model that its manifest describes, and what the wasm binary must have for it. @param {string | URL} url @param {Loading} loading */
export async function describeModel(url, loading) {
  const manifest = await loadFile({ url }, 'manifest', loading);
  try {
    const { id, file, sha256, bytes, quantization } = JSON.parse(new TextDecoder().decode(manifest));
    const address = new URL(file, url);
    if (/^[0-9a-f]{64}$/.test(sha256)) {
      const load = async () => ({ manifest, model: await loadFile({ url: address, sha256, bytes }, 'model', loading, { name: `model ${id}` }) });
      return { needs: quantization?.format === 'qoperator' ? [] : ['any-model'], load };
    }
  } catch {
    // Said below.
  }
  throw new TagdropError('model-mismatch', `${url} is not a model's manifest: it lacks 'file' and 'sha256'.`);
}
