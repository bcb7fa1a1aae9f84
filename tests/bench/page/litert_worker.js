/* Not a module: LiteRT.js loads its script by importScripts, which modules lack. */

// In a worker it would look for its binary beside this file.
self.Module = { locateFile: (/** @type {string} */ name) => `/peers/@litertjs/core/wasm/${name}` };

const opened = Promise.all([import('./engines/litert.js'), import('./pixels.js')]).then(async ([{ open }, pixels]) => ({
  network: await open('/models/efficientnet-lite0-int8.tflite'),
  ...pixels,
}));

addEventListener('message', async ({ data: file }) => {
  try {
    const { network, prepared, best } = await opened;
    postMessage({ first: best(await network.infer(await prepared(file)))[0] });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
