/** @import { Loading, RemoteFile } from './all_types.d.ts' */
import { loadFile } from './load_model.js';
import { TagdropError } from './tagdrop_error.js';

/** For each name in a `detect` of wasm-pack.toml a module that only an engine with the feature accepts. */
const PROBES = /** @type {Record<string, string>} */ ({
  // () -> v128: i32.const 0, i8x16.splat
  simd: '0061736d010000000105016000017b030201000a080106004100fd0f0b',
});

/** @param {string} feature */
const detected = (feature) => WebAssembly.validate(Uint8Array.from(PROBES[feature].match(/../g) ?? [], (byte) => parseInt(byte, 16)));

/**
 * The first that this browser can run and that has what the model needs.
 * @template {{ name: string, detect: string[], features: string[] }} Variant
 * @param {Variant[]} variants
 * @param {string[]} needs
 */
export function chooseVariant(variants, needs, has = detected) {
  const variant = variants.find(({ detect, features }) => detect.every(has) && needs.every((need) => features.includes(need)));
  if (variant) return variant;
  throw new TagdropError('model-unavailable', `This browser runs none of the wasm variants: ${variants.map(({ name }) => name)}.`);
}

/** Compiles while the bytes come in, unless the server calls them something else. @param {RemoteFile} file @param {Loading} loading */
export async function loadWasm(file, loading) {
  /** @type {Promise<WebAssembly.Module> | undefined} */
  let streamed;
  const bytes = await loadFile(file, 'wasm', loading, {
    peek(response) {
      streamed = WebAssembly.compileStreaming(response);
      streamed.catch(() => {});
    },
  });
  try {
    return (await streamed?.catch(() => undefined)) ?? (await WebAssembly.compile(bytes));
  } catch (cause) {
    throw new TagdropError('model-unavailable', `${file.url} is no WebAssembly this browser can compile: ${cause}`, { cause });
  }
}
