import { FilesetResolver, ImageClassifier } from '/peers/@mediapipe/tasks-vision/vision_bundle.mjs';

/** Its classifier gives the best classes and no logits; what it does before and after the network is in its time. @param {string} url */
export async function open(url) {
  const files = await FilesetResolver.forVisionTasks('/peers/@mediapipe/tasks-vision/wasm');
  const classifier = await ImageClassifier.createFromOptions(files, { baseOptions: { modelAssetPath: url, delegate: 'CPU' }, maxResults: 5 });
  return {
    /** @param {ImageData} image */
    infer: (image) => classifier.classify(image).classifications[0].categories.map(({ index }) => index),
  };
}
