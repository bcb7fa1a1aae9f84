const LIBRARY = '/peers/@mediapipe/tasks-vision';

/** Its classifier gives the best classes and no logits; what it does before and after the network is in its time. @param {string} url */
export async function open(url) {
  const { FilesetResolver, ImageClassifier } = await import(`${LIBRARY}/vision_bundle.mjs`);
  const files = await FilesetResolver.forVisionTasks(`${LIBRARY}/wasm`);
  const classifier = await ImageClassifier.createFromOptions(files, { baseOptions: { modelAssetPath: url, delegate: 'CPU' }, maxResults: 5 });
  return {
    /** @param {ImageData} image @returns {number[]} */
    infer: (image) => classifier.classify(image).classifications[0].categories.map((/** @type {{ index: number }} */ { index }) => index),
  };
}
