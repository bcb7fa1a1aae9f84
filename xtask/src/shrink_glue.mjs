// node shrink_glue.mjs FOLDER/NAME…: makes the modules that wasm-bindgen generated smaller, in place; they do what they did.
// Each NAME.js has a NAME_bg.wasm beside it, whose imports get short names in both, since the hashes in them are what compresses
// worst. What is one import to wasm-bindgen has one name in all pairs, so that binaries can share a module. Then terser.
import { readFile, writeFile } from 'node:fs/promises';
import { minify } from 'terser';

/** Of the binary format (WebAssembly Core Specification, 5.5). */
const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const FUNCTION = 0;

/** @typedef {{ glue: string, wasm: Uint8Array }} Pair */

/** @param {Pair[]} pairs @returns {Promise<Pair[]>} */
export async function shrink(pairs) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const rename = (name) => {
    if (!names.has(name)) names.set(name, `i${names.size.toString(36)}`);
    return names.get(name);
  };
  return Promise.all(pairs.map((pair) => shrinkOne(pair, rename)));
}

/** @param {Pair} pair @param {(name: string) => string} rename @returns {Promise<Pair>} */
async function shrinkOne(pair, rename) {
  const imported = new Set();
  const wasm = renameImports(pair.wasm, (name) => {
    imported.add(name);
    return rename(name);
  });
  const given = new Set();
  const source = pair.glue.replace(/\b(\w+)(?=: function\()/g, (name) => {
    given.add(name);
    return rename(name);
  });
  const odd = [...imported, ...given].filter((name) => !(imported.has(name) && given.has(name)));
  if (odd.length) throw new Error(`module and binary do not belong together: only one of them has ${odd}`);
  // Nothing is constructed from what the binary imports, which is what makes arrows of functions unsafe elsewhere.
  const compress = { passes: 3, unsafe_arrows: true, unsafe_methods: true };
  const mangle = { properties: { regex: /^(__wbg_ptr|__wrap|__destroy_into_raw|_wbg_cb_unref)$/ } };
  const { code } = await minify(source, { module: true, ecma: 2020, compress, mangle });
  return { glue: code, wasm };
}

/** @param {Uint8Array} wasm @param {(name: string) => string} rename asked once an import */
function renameImports(wasm, rename) {
  let at = HEADER_BYTES;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const length = number();
    return Buffer.from(wasm.subarray(at, (at += length))).toString();
  };
  for (;;) {
    const start = at;
    if (at >= wasm.length) throw new Error('the binary imports nothing');
    const [id, size] = [wasm[at++], number()];
    const end = at + size;
    if (id === IMPORT_SECTION) {
      const count = number();
      const imports = [];
      while (at < end) {
        const [module, name, kind, type] = [text(), text(), wasm[at++], number()];
        if (kind !== FUNCTION) throw new Error(`${name} is no function`);
        imports.push(...string(module), ...string(rename(name)), kind, ...leb128(type));
      }
      const content = [...leb128(count), ...imports];
      return Buffer.concat([wasm.subarray(0, start), Uint8Array.of(id, ...leb128(content.length), ...content), wasm.subarray(end)]);
    }
    at = end;
  }
}

/** @param {string} text */
const string = (text) => [...leb128(Buffer.byteLength(text)), ...Buffer.from(text)];

/** @param {number} value @returns {number[]} */
const leb128 = (value) => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(Math.floor(value / 0x80))]);

if (import.meta.filename === process.argv[1]) {
  const files = process.argv.slice(2).map((name) => ({ glue: `${name}.js`, wasm: `${name}_bg.wasm` }));
  const pairs = await Promise.all(files.map(async ({ glue, wasm }) => ({ glue: await readFile(glue, 'utf8'), wasm: await readFile(wasm) })));
  const smaller = await shrink(pairs);
  for (const [at, { glue, wasm }] of files.entries()) {
    await writeFile(glue, smaller[at].glue);
    await writeFile(wasm, smaller[at].wasm);
  }
}
