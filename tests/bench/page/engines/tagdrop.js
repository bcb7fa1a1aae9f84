/** The wasm glue itself, in this thread. The picture has the network's size already, and so nothing is cropped. */
export async function open() {
  const { default: init, Pixels, Tagger } = await import('/tagdrop/pkg/simd/tagdrop.js');
  const [manifest, model] = await Promise.all([
    fetch('/shipped/manifest.json').then((response) => response.json()),
    fetch('/shipped/efficientnet-lite0-int8.onnx').then((response) => response.arrayBuffer()),
    init({ module_or_path: '/tagdrop/pkg/simd/tagdrop_bg.wasm' }),
  ]);
  manifest.input.crop = 1;
  const nothing = new Uint8Array();
  const tagger = new Tagger(new TextEncoder().encode(JSON.stringify(manifest)), new Uint8Array(model), nothing, '', nothing, '{}');
  return {
    /** @param {ImageData} image @returns {Float32Array} */
    infer({ width, height, data }) {
      const pixels = Pixels.fromRgba(width, height, new Uint8Array(data.buffer));
      const logits = tagger.classify(pixels);
      pixels.free();
      return logits;
    },
  };
}
