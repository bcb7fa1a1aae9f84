import { median, ratio } from './statistics.mjs';

/** @typedef {{ name: string, times: number[] }} Row Milliseconds, one for each round. */
/** @typedef {{ rows: Row[], load: number[] }} Case Ours first. */

/** @param {Row[]} rows @param {string} name */
export function timesOf(rows, name) {
  const found = rows.find((row) => row.name === name);
  if (!found) throw new Error(`${name} was not measured`);
  return found.times;
}

/** Time of one to time of the other, round by round. @param {Row[]} rows @param {string} one @param {string} other */
export const against = (rows, one, other) => ratio(timesOf(rows, one), timesOf(rows, other));

/** @param {Row[]} rows @param {string} name */
export const typical = (rows, name) => median(timesOf(rows, name));

/** Of the first row. @param {Row[]} rows @param {string} name */
export const firstAgainst = (rows, name) => against(rows, rows[0].name, name);

/**
 * What was decoded, and resized to the network's input. How long resizing takes is the difference of two times much longer than it, and
 * so it is taken from their medians, not round by round.
 * @param {{ name: string, decode: number[], network: number[], plain: number[] }} row @returns {Row}
 */
export function withResizing({ name, decode, network, plain }) {
  const resizing = Math.max(0, median(network) - median(plain));
  return { name, times: decode.map((time) => time + resizing) };
}
