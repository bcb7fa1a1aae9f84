// Named here, all are fetched at once instead of level by level.
import './caller.js';
import './circuit_breaker.js';
import './image_source.js';
import './languages.js';
import './load_wasm.js';
import './tag_all.js';
import './tagger_options.js';
import './worker_pool.js';
import './worker_tagger.js';

export { openDecisionLog } from './decisions.js';
export { forgetStored } from './load_model.js';
export { VERSION } from './pkg/build.js';
export { TagdropError } from './tagdrop_error.js';
export { createTagger } from './tagger.js';
