/**
 * `matchLabelKeys` and `mismatchLabelKeys` of affinity terms and of topology spread constraints (upstream
 * validateMatchLabelKeysAndMismatchLabelKeys): keys whose values the pod's own labels give.
 */
import type { Faults } from '../faults.js';
import type { Labels, LabelSelector } from '../types.js';
import { qualifiedNameFaults } from './names.js';

interface LabelKeys {
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly labelSelector: LabelSelector | null;
}

/**
 * At the position of the term or constraint.
 * @param labels of the pod; undefined for a template, whose keys are not yet part of its selectors
 */
export function validateMatchLabelKeys(
  { matchLabelKeys, mismatchLabelKeys = [], labelSelector }: LabelKeys,
  labels: Labels | undefined,
  faults: Faults,
): void {
  if (matchLabelKeys.length === 0 && mismatchLabelKeys.length === 0) return;
  validateKeys(matchLabelKeys, 'matchLabelKeys', labelSelector, faults);
  validateKeys(mismatchLabelKeys, 'mismatchLabelKeys', labelSelector, faults);
  if (labelSelector !== null) {
    const keys = [
      ...labelSelector.matchExpressions.map(({ key }) => key),
      ...[...matchLabelKeys, ...mismatchLabelKeys].filter((key) => labels !== undefined && Object.hasOwn(labels, key)),
    ];
    const seen = new Set(Object.keys(labelSelector.matchLabels));
    for (const key of keys) {
      const index = matchLabelKeys.lastIndexOf(key);
      // Upstream's path: the index stands at the term itself.
      if (index >= 0 && seen.has(key)) {
        faults.invalid(`[${index}]`, key, 'exists in both matchLabelKeys and labelSelector');
      }
      seen.add(key);
    }
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    faults.invalid(`matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys');
  }
}

function validateKeys(
  keys: readonly string[],
  field: 'matchLabelKeys' | 'mismatchLabelKeys',
  selector: LabelSelector | null,
  faults: Faults,
): void {
  if (keys.length === 0) return;
  if (selector === null) {
    faults.forbidden(field, 'must not be specified when labelSelector is not set');
    return;
  }
  for (const [index, key] of keys.entries()) faults.invalidForEach(`${field}[${index}]`, key, qualifiedNameFaults(key));
}
