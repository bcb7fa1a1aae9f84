import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeError, encodeError, outcomeOrThrow, TagdropError, toTagdropError } from '../../js/tagdrop_error.js';
import { trap } from '../browser/trap.js';

/** There and back, as `postMessage` would. */
const posted = (thrown) => decodeError(structuredClone(encodeError(thrown)));

test('an error keeps class, code, message and name on its way', () => {
  const error = posted(new TagdropError('corrupt-image', 'ends in row 7'));
  assert.ok(error instanceof TagdropError && error instanceof Error);
  assert.deepEqual([error.code, error.message, error.name], ['corrupt-image', 'ends in row 7', 'TagdropError']);
});

test('an abort looks like the platform’s own', () => {
  assert.equal(posted(new TagdropError('aborted', 'x')).name, 'AbortError');
  assert.equal(posted(new DOMException('x', 'AbortError')).code, 'aborted');
});

test('an error of the wasm module carries its code', () => {
  const thrown = Object.assign(new Error('12 × 0 pixels'), { name: 'TagdropError', code: 'corrupt-image' });
  assert.equal(posted(thrown).code, 'corrupt-image');
});

test('a trap and a stack overflow cost the worker', () => {
  const overflow = () => overflow() + 1;
  for (const fails of [trap, overflow]) {
    assert.throws(fails, (thrown) => posted(thrown).code === 'worker-crashed');
  }
});

test('anything else is a defect of ours, whatever was thrown', () => {
  for (const thrown of [new TypeError('no'), 'no', undefined, null, { message: 'no' }]) {
    const error = posted(thrown);
    assert.equal(error.code, 'internal');
    assert.equal(typeof error.message, 'string');
  }
  const cause = new TypeError('no');
  assert.equal(toTagdropError(cause).cause, cause);
});

test('what is about the file is an outcome, what is about the call is thrown', () => {
  const result = outcomeOrThrow(new TagdropError('empty-file', 'no bytes'), 'net@1');
  assert.deepEqual(result, { outcome: 'empty-file', tags: [], error: { code: 'empty-file', message: 'no bytes' }, model: 'net@1' });
  for (const code of ['invalid-source', 'invalid-options', 'aborted', 'disposed']) {
    assert.throws(() => outcomeOrThrow(new TagdropError(code, ''), 'net@1'), { code });
  }
});
