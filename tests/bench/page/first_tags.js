import { NETWORKS, classesIn } from './engines/index.js';
import { photo } from './photos.js';
import { best } from './pixels.js';

/**
 * Milliseconds from the import of the library to a photo's first tags. Ours decode the photo in Rust and have names; the others
 * get pixels from the browser and stop at class indices.
 * @param {{ name: string, url: string }} plan
 */
export async function firstTags({ name, url }) {
  const file = await photo(url);
  const began = performance.now();
  const [first] = name.startsWith('Tagdrop') ? await ours(file) : await classesIn(name, NETWORKS[name](), file);
  return { milliseconds: performance.now() - began, first };
}

/** @param {File} file */
async function ours(file) {
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger({ maxTags: 5, workers: 1 });
  const { tags, scores, error } = await tagger.tag(file);
  if (!tags.length || !scores) throw new Error(error?.message ?? 'no tag');
  return best(scores);
}
