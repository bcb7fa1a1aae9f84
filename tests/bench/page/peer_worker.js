/* Not a module: LiteRT.js loads its script by importScripts, which modules lack. The worker's name is the engine's. */

const opened = import('./engines/index.js').then(({ NETWORKS, classesIn }) => {
  const opening = NETWORKS[self.name]();
  return (/** @type {File} */ file) => classesIn(self.name, opening, file);
});

addEventListener('message', async ({ data: file }) => {
  try {
    postMessage({ classes: await (await opened)(file) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
