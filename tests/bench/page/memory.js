import { NETWORKS, classesIn } from './engines/index.js';
import { photo } from './photos.js';

/** Bytes of wasm memory after one photo: of ours in a fresh worker, of another engine in the page. @param {{ name: string, url: string }} plan */
export async function memoryOf({ name, url }) {
  if (name.startsWith('Tagdrop')) return ours(url);
  const bytes = watchMemories();
  await classesIn(name, NETWORKS[name](), await photo(url));
  return bytes();
}

/** Gives the bytes of all wasm memories that are made in this thread from now on. */
function watchMemories() {
  const memories = /** @type {Set<WebAssembly.Memory>} */ (new Set());
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    /** @param {WebAssembly.MemoryDescriptor} descriptor */
    constructor(descriptor) {
      super(descriptor);
      memories.add(this);
    }
  };
  for (const name of /** @type {const} */ (['instantiate', 'instantiateStreaming'])) {
    const instantiate = /** @type {any} */ (WebAssembly[name]);
    WebAssembly[name] = async (/** @type {any[]} */ ...given) => {
      const made = await instantiate(...given);
      for (const value of Object.values((made.instance ?? made).exports)) if (value instanceof Memory) memories.add(value);
      return made;
    };
  }
  return () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

/** @param {string} url */
async function ours(url) {
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger({ workers: 1 });
  const { scores, error } = await tagger.tag(await photo(url));
  if (!scores) throw new Error(`${url}: ${error?.message}`);
  const bytes = await tagger.wasmMemoryBytes();
  tagger.dispose();
  return bytes;
}

/**
 * Bytes of wasm memory, in whichever of two workers has most, after each of so many photos; and the milliseconds that all took.
 * @param {{ urls: string[], counts: number[] }} plan `counts` ascending
 */
export async function memoryAfter({ urls, counts }) {
  const { createTagger } = await import('/tagdrop/index.js');
  const files = await Promise.all(urls.map(photo));
  const tagger = await createTagger({ workers: 2, idleSeconds: 0 });
  const began = performance.now();
  const bytes = [];
  let done = 0;
  const sources = (function* () {
    for (let at = 0; at < (counts.at(-1) ?? 0); at++) yield files[at % files.length];
  })();
  for await (const { scores, error } of tagger.tagAll(sources)) {
    if (!scores) throw new Error(error?.message);
    if (counts.includes(++done)) bytes.push(await tagger.wasmMemoryBytes());
  }
  const milliseconds = performance.now() - began;
  tagger.dispose();
  return { bytes, milliseconds };
}
