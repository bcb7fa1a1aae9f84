const WIDTH = 4000;
const HEIGHT = 3000;
const QUALITY = 0.9;

/** Photos of the repository that the big ones are made of. */
const TILES = ['astronaut', 'chelsea', 'coffee', 'rocket', 'hubble_deep_field', 'retina'];

/** Distinct photos; more would only take longer to make. */
const DISTINCT = 5;

/** A photo of 12 megapixels with the detail that a camera's has: a mosaic of photos, a large one in the middle. @param {number} at */
async function bigPhoto(at) {
  const tiles = await Promise.all(TILES.map(async (name) => createImageBitmap(await (await fetch(`/photos/${name}.jpg`)).blob())));
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  for (let x = 0, i = at; x < WIDTH; x += 500) {
    for (let y = 0; y < HEIGHT; y += 375) context.drawImage(tiles[i++ % tiles.length], x, y, 500, 375);
  }
  context.drawImage(tiles[at % tiles.length], WIDTH / 4, HEIGHT / 4, WIDTH / 2, HEIGHT / 2);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return new File([blob], `${at}.jpg`, { type: 'image/jpeg' });
}

/**
 * Photos of 12 megapixels, from File to tags, one worker each, in blocks that take turns in alternating order: milliseconds of each
 * block. Also what ours costs besides: wasm memory, and tasks of over 50 ms in the page while ours works.
 * @param {{ photos: number, block: number }} plan
 */
export async function throughput({ photos, block }) {
  const files = [];
  for (let at = 0; at < DISTINCT; at++) files.push(await bigPhoto(at));
  const { createTagger } = await import('/tagdrop/index.js');
  const tagger = await createTagger({ workers: 1 });
  const worker = new Worker('/page/litert_worker.js');

  /** @param {File[]} batch */
  const ours = async (batch) => {
    for await (const { outcome, error } of tagger.tagAll(batch)) {
      if (outcome !== 'tagged' && outcome !== 'no-confident-tag') throw new Error(`${outcome}: ${error?.message}`);
    }
  };
  /** @param {File[]} batch */
  const theirs = async (batch) => {
    for (const file of batch) {
      const { error } = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
        worker.postMessage(file);
      });
      if (error) throw new Error(error);
    }
  };

  await ours(files);
  await theirs(files);
  /** @type {PerformanceEntry[]} */
  const longTasks = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries()));
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) observer.observe({ type: 'longtask' });
  const sides = [
    { name: 'Tagdrop int8', run: ours, times: /** @type {number[]} */ ([]), busy: /** @type {[number, number][]} */ ([]) },
    { name: 'LiteRT.js int8', run: theirs, times: /** @type {number[]} */ ([]), busy: /** @type {[number, number][]} */ ([]) },
  ];
  for (let done = 0; done < photos; done += block) {
    const batch = Array.from({ length: block }, (_, at) => files[(done + at) % files.length]);
    for (const { run, times, busy } of (done / block) % 2 ? sides.toReversed() : sides) {
      const began = performance.now();
      await run(batch);
      times.push(performance.now() - began);
      busy.push([began, performance.now()]);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const memory = await tagger.wasmMemoryBytes();
  tagger.dispose();
  worker.terminate();
  const inOurs = longTasks.filter(({ startTime }) => sides[0].busy.some(([from, to]) => startTime >= from && startTime < to));
  return {
    sides: sides.map(({ name, times }) => ({ name, times })),
    bytes: files.map(({ size }) => size),
    memory,
    longTasks: inOurs.map(({ duration }) => duration),
  };
}
