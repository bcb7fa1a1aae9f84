import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');
const PEERS = 'tests/bench/node_modules';
const MODELS = 'target/models/peers/efficientnet-lite0';

/** What a page downloads for one photo's tags: the engine, then the model. */
const DOWNLOADS = [
  {
    name: 'Tagdrop',
    engine: [
      ...'caller circuit_breaker image_source index load_model load_wasm local_tagger tag_all tagdrop_error tagger tagger_options worker worker_pool worker_tagger pkg/build pkg/simd/tagdrop'
        .split(' ')
        .map((name) => `js/${name}.js`),
      'js/pkg/simd/tagdrop_bg.wasm',
    ],
    model: ['models/efficientnet-lite0/efficientnet-lite0-int8.onnx', 'models/efficientnet-lite0/manifest.json'],
  },
  {
    name: 'LiteRT.js',
    engine: ['core/dist/index.js', 'wasm-utils/dist/index.js', 'core/wasm/litert_wasm_internal.js', 'core/wasm/litert_wasm_internal.wasm'].map((name) => `${PEERS}/@litertjs/${name}`),
    model: [`${MODELS}-int8.tflite`],
  },
  {
    name: 'MediaPipe',
    engine: ['vision_bundle.mjs', 'wasm/vision_wasm_internal.js', 'wasm/vision_wasm_internal.wasm'].map((name) => `${PEERS}/@mediapipe/tasks-vision/${name}`),
    model: [`${MODELS}-uint8.tflite`],
  },
  {
    name: 'onnxruntime-web',
    engine: ['ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'].map((name) => `${PEERS}/onnxruntime-web/dist/${name}`),
    model: [`${MODELS}-int8-qoperator.onnx`],
  },
];

/** 11 would take minutes for the large ones and gain a few per cent. */
const QUALITY = 9;

/** @param {string} file */
async function brotli(file) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return (await promisify(brotliCompress)(await readFile(join(ROOT, file)), { params })).length;
}

/** @param {string[]} files */
async function sum(files) {
  return (await Promise.all(files.map(brotli))).reduce((a, b) => a + b, 0);
}

/** Bytes of each engine and its model, through brotli. */
export async function transfer() {
  const rows = [];
  for (const { name, engine, model } of DOWNLOADS) rows.push({ name, engine: await sum(engine), model: await sum(model) });
  return rows;
}
