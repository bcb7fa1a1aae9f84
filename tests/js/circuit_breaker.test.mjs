import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from '../../js/circuit_breaker.js';

/** A breaker and the hands of its clock. */
function breaker(maxRelaunches, relaunchSeconds) {
  const clock = { ms: 0 };
  return { clock, breaker: new CircuitBreaker(maxRelaunches, relaunchSeconds, () => clock.ms) };
}

test('forgives as many deaths as it is told, and opens at the next', () => {
  const { breaker: five } = breaker(5, 60);
  for (let death = 1; death <= 5; death++) {
    five.recordDeath();
    assert.equal(five.open, false, `after ${death}`);
  }
  five.recordDeath();
  assert.equal(five.open, true);
});

test('a death is forgotten after its time, to the millisecond', () => {
  const { breaker: one, clock } = breaker(1, 60);
  one.recordDeath();
  clock.ms = 60_000;
  one.recordDeath();
  assert.equal(one.open, false, 'the first is 60 s old');
  clock.ms = 119_999;
  one.recordDeath();
  assert.equal(one.open, true, 'the second is not');
});

test('stays open however long, until it is reset with a clean record', () => {
  const { breaker: none, clock } = breaker(0, 60);
  none.recordDeath();
  clock.ms = 1e9;
  assert.equal(none.open, true);
  none.reset();
  assert.equal(none.open, false);
  none.recordDeath();
  assert.equal(none.open, true);

  const { breaker: one } = breaker(1, 60);
  one.recordDeath();
  one.reset();
  one.recordDeath();
  assert.equal(one.open, false, 'deaths before the reset no longer count');
});
