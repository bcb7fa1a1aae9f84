import { photo } from './photos.js';

/** Bytes of wasm memory in a fresh worker after one photo. @param {string} url */
export async function memoryOf(url) {
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger({ workers: 1 });
  const { scores, error } = await tagger.tag(await photo(url));
  if (!scores) throw new Error(`${url}: ${error?.message}`);
  const bytes = await tagger.wasmMemoryBytes();
  tagger.dispose();
  return bytes;
}

/**
 * Bytes of wasm memory after each of so many photos, and the milliseconds that they all took. The worker is one and the same.
 * @param {{ urls: string[], counts: number[] }} plan `counts` ascending
 */
export async function memoryAfter({ urls, counts }) {
  const { createTagger } = await import('/tagdrop/index.js');
  const files = await Promise.all(urls.map(photo));
  const tagger = await createTagger({ workers: 1, idleSeconds: 0 });
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
