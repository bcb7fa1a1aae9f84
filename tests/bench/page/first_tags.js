import { NETWORKS } from './engines/index.js';
import { best, prepared } from './pixels.js';

/**
 * Milliseconds from the import of the library to a photo's first tags. Ours decode the photo in Rust and have names; the others
 * get pixels from the browser and stop at class indices.
 * @param {{ name: string, photo: string }} plan
 */
export async function firstTags({ name, photo }) {
  const file = new File([await (await fetch(`/photos/${photo}`)).arrayBuffer()], photo, { type: 'image/jpeg' });
  const began = performance.now();
  const first = name.startsWith('Tagdrop') ? await ours(file) : await theirs(name, file);
  return { milliseconds: performance.now() - began, first };
}

/** @param {File} file */
async function ours(file) {
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger({ maxTags: 5, workers: 1 });
  const { tags, scores } = await tagger.tag(file);
  return tags.length && best(scores)[0];
}

/** @param {string} name @param {File} file */
async function theirs(name, file) {
  // As good pages do, the photo is decoded while the engine loads.
  const [network, image] = await Promise.all([NETWORKS[name](), prepared(file)]);
  const answer = await network.infer(image);
  return (answer instanceof Float32Array ? best(answer) : answer)[0];
}
