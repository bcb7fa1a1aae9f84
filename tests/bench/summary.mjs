import { against, typical } from './rows.mjs';

const OURS = 'Tagdrop int8';
const FAST = "Tagdrop int8, decoder: 'fast'";
const TWO = 'Tagdrop int8, two workers';
const LITERT = 'LiteRT.js int8';
const MEDIAPIPE = 'MediaPipe uint8';
const TRANSFORMERS = 'transformers.js q8';

/** @param {number | undefined} value */
const rounded = (value) => (value === undefined ? null : Number(value.toFixed(3)));

/** @param {{ rows: { name: string, bytes: number }[] }} memory @param {string} name */
const bytesOf = ({ rows }, name) => rows.find((row) => row.name === name)?.bytes ?? NaN;

/**
 * The pairwise medians as numbers, null where a case was not measured. Times are ours ÷ theirs; of throughputs, photos a second, it is
 * ours ÷ theirs as well, and so there more is better.
 * @param {Record<string, any>} cases by name
 */
export function summary({ 'inference-chromium': chromium, 'inference-firefox': firefox, alone, cold, warm, decode, throughput, memory, many }) {
  /** @param {any} measured @param {string} one @param {string} other */
  const times = (measured, one, other) => rounded(measured && against(measured.rows, one, other).median);
  /** @param {any} measured @param {string} other */
  const ours = (measured, other) => times(measured, OURS, other);
  const ort = ['QOperator', 'QDQ'].map((form) => ours(chromium, `onnxruntime-web ${form}`)).filter((value) => value !== null);
  return {
    inference_ms: rounded(chromium && typical(chromium.rows, OURS)),
    inference_vs_litert_int8: ours(chromium, LITERT),
    inference_vs_litert_int8_plain_simd: ours(chromium, `${LITERT}, plain SIMD`),
    // Of its two int8 forms the faster.
    inference_vs_ort_int8: ort.length ? Math.max(...ort) : null,
    inference_vs_mediapipe: ours(chromium, MEDIAPIPE),
    inference_vs_tfjs_float: ours(chromium, 'TensorFlow.js float'),
    inference_vs_transformers_q8: ours(chromium, TRANSFORMERS),
    inference_alone_vs_litert_int8: rounded(alone && typical(alone.rows, OURS) / typical(alone.rows, LITERT)),
    firefox_inference_ms: rounded(firefox && typical(firefox.rows, OURS)),
    firefox_inference_vs_litert_int8: ours(firefox, LITERT),
    firefox_inference_vs_ort_int8: ours(firefox, 'onnxruntime-web QOperator'),
    cold_ms: rounded(cold && typical(cold.rows, OURS)),
    cold_vs_litert_int8: ours(cold, LITERT),
    cold_vs_mediapipe: ours(cold, MEDIAPIPE),
    cold_vs_transformers_q8: ours(cold, TRANSFORMERS),
    warm_ms: rounded(warm && typical(warm.rows, OURS)),
    warm_vs_litert_int8: ours(warm, LITERT),
    warm_vs_mediapipe: ours(warm, MEDIAPIPE),
    warm_vs_transformers_q8: ours(warm, TRANSFORMERS),
    throughput_vs_litert_int8: times(throughput, LITERT, OURS),
    throughput_fast_vs_litert_int8: times(throughput, LITERT, FAST),
    throughput_vs_transformers_q8: times(throughput, TRANSFORMERS, OURS),
    scaling_two_workers: times(throughput, OURS, TWO),
    main_thread_tasks_over_50_ms: throughput?.longTasks.length ?? null,
    decode_vs_browser: decode
      ? Object.fromEntries(
          decode.files.map((/** @type {any} */ { title, rows: [our, fast, browser] }) => [title, [our, fast].map(({ name }) => rounded(against([our, fast, browser], name, browser.name).median))]),
        )
      : null,
    wasm_bytes_vs_litert_int8: rounded(memory && bytesOf(memory, OURS) / bytesOf(memory, LITERT)),
    wasm_bytes_12_megapixels: memory?.large ?? null,
    wasm_bytes_after_100_photos: many?.bytes[0] ?? null,
    wasm_bytes_after_10000_photos: many?.bytes[1] ?? null,
  };
}
