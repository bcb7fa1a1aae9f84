/** @import { DecisionLogOptions } from './all_types.d.ts' */

/** Only who keeps decisions loads what that takes. @param {DecisionLogOptions} [options] */
export async function openDecisionLog(options) {
  const { StoredDecisionLog } = await import('./decision_log.js');
  return StoredDecisionLog.open(options);
}
