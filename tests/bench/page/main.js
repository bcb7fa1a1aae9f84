import { decoding } from './decoding.js';
import { firstTags } from './first_tags.js';
import { inference } from './inference.js';
import { memoryAfter, memoryOf } from './memory.js';
import { throughput } from './throughput.js';

/** What the cases call, each with one plan. */
export const bench = { decoding, firstTags, inference, memoryAfter, memoryOf, throughput };

Object.assign(globalThis, { bench });
