/** @import { Loading, RemoteFile } from './all_types.d.ts' */
import { loadFile } from './load_model.js';
import { TagdropError } from './tagdrop_error.js';

/** @param {string} hex */
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

/** For each name in a `detect` of wasm-pack.toml: does this browser, on this machine, have it? @type {Record<string, () => boolean>} */
const PROBES = {
  // () -> v128: i32.const 0, i8x16.splat
  simd: () => WebAssembly.validate(bytesOf('0061736d010000000105016000017b030201000a080106004100fd0f0b')),
  /** As `Bytes::detect` in kernels/src/bytes.rs: four times 255 · -128, the 255 as `u8` or as `i8`, and not saturated. */
  'exact-byte-dot'() {
    // f: () -> i32: i32.const 0x80, i8x16.splat, i32.const 0xff, i8x16.splat, i32.const 0, i32x4.splat,
    // i32x4.relaxed_dot_i8x16_i7x16_add_s, i32x4.extract_lane 0
    const module = bytesOf('0061736d010000000105016000017f03020100070501016600000a18011600418001fd0f41ff01fd0f4100fd11fd9302fd1b000b');
    if (!WebAssembly.validate(module)) return false;
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(module)).exports;
    return [-130560, 512].includes(/** @type {() => number} */ (f)());
  },
};

/** @param {string} feature */
const detected = (feature) => PROBES[feature]();

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
