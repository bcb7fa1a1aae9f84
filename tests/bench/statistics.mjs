/** Between the two nearest where it falls between. @param {number[]} values @param {number} share 0 to 1 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @typedef {{ median: number, low: number, high: number }} Ratio `low` to `high`: the middle half. */

/**
 * Round by round, so that whatever else the machine did in a round weighs on both sides of it.
 * @param {number[]} above @param {number[]} below @returns {Ratio}
 */
export function ratio(above, below) {
  if (above.length !== below.length) throw new Error(`${above.length} rounds beside ${below.length} rounds`);
  if (!above.length) throw new Error('There were no rounds');
  const ratios = above.map((value, at) => value / below[at]);
  return { median: median(ratios), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
