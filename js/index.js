export { openDecisionLog } from './decisions.js';
export { forgetStored } from './load_model.js';
export { VERSION } from './pkg/build.js';
export { TagdropError } from './tagdrop_error.js';
export { createTagger } from './tagger.js';
