import { firstTags } from './first_tags.js';
import { inference } from './inference.js';
import { throughput } from './throughput.js';

Object.assign(globalThis, { bench: { firstTags, inference, throughput } });
