import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, quantile, ratio } from '../bench/statistics.mjs';

test('a quantile falls between its neighbours in proportion, in whatever order the values come', () => {
  assert.equal(quantile([4, 1, 3, 2], 0), 1);
  assert.equal(quantile([4, 1, 3, 2], 1), 4);
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([10, 20], 0.25), 12.5);
  assert.equal(quantile([7], 0.3), 7);
});

test('numbers are sorted as numbers, and what is given stays as it is', () => {
  const values = [100, 9, 20];
  assert.equal(median(values), 20);
  assert.deepEqual(values, [100, 9, 20]);
});

test('a ratio is taken within each round, so that a round in which the machine was busy weighs like any other', () => {
  // The second round took ten times as long on both sides; the ratio of the medians would be 40 ÷ 30.
  const { median: middle, low, high } = ratio([10, 200, 40], [20, 400, 30]);
  assert.equal(middle, 0.5);
  assert.equal(low, 0.5);
  assert.ok(Math.abs(high - (0.5 + 4 / 3) / 2) < 1e-12);
});

test('sides of different length are no pairs', () => {
  assert.throws(() => ratio([1, 2], [1]), /1 rounds/);
  assert.throws(() => ratio([], []), /no rounds/);
});
