/* Not a module: LiteRT.js loads its script by importScripts, which modules lack. */
const opened = Promise.all([import('./engines/litert.js'), import('./pixels.js')]).then(async ([{ open }, pixels]) => ({
  network: await open('/models/efficientnet-lite0-int8.tflite'),
  ...pixels,
}));

addEventListener('message', async ({ data: file }) => {
  const { network, prepared, best } = await opened;
  postMessage(best(await network.infer(await prepared(file)))[0]);
});
