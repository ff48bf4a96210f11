/**
 * Whether a toleration tolerates a taint. SEMANTICS 5.3 (TaintToleration); upstream `api/core/v1/toleration.go`.
 * `Lt` and `Gt` are behind a feature gate that is off by default: while it is off, they tolerate nothing.
 */
import type { Taint, Toleration } from './types.js';

export interface TolerationOptions {
  /** Feature gate TaintTolerationComparisonOperators. */
  readonly comparisonOperators?: boolean;
}

/** Plain decimal int64: no plus sign, no leading zeros, no `-0`. */
const comparable = /^(?:0|-?[1-9]\d*)$/;
const maxInt64 = 2n ** 63n - 1n;

function comparableInteger(text: string): bigint | undefined {
  if (text.length > 20 || !comparable.test(text)) return undefined;
  const value = BigInt(text);
  return value <= maxInt64 && value >= -maxInt64 - 1n ? value : undefined;
}

export function toleratesTaint(toleration: Toleration, taint: Taint, options: TolerationOptions = {}): boolean {
  if (toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  if (toleration.key !== '' && toleration.key !== taint.key) return false;
  switch (toleration.operator) {
    case '':
    case 'Equal':
      return toleration.value === taint.value;
    case 'Exists':
      return true;
    case 'Lt':
    case 'Gt': {
      if (options.comparisonOperators !== true) return false;
      const left = comparableInteger(taint.value);
      const right = comparableInteger(toleration.value);
      if (left === undefined || right === undefined) return false;
      return toleration.operator === 'Lt' ? left < right : left > right;
    }
    default:
      return false;
  }
}

export function toleratedBy(
  tolerations: readonly Toleration[],
  taint: Taint,
  options: TolerationOptions = {},
): boolean {
  for (const toleration of tolerations) if (toleratesTaint(toleration, taint, options)) return true;
  return false;
}

/** The first NoSchedule or NoExecute taint that nothing tolerates: what keeps the pod off the node. */
export function untoleratedTaint(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  options: TolerationOptions = {},
): Taint | undefined {
  for (const taint of taints) {
    if (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') continue;
    if (!toleratedBy(tolerations, taint, options)) return taint;
  }
  return undefined;
}
