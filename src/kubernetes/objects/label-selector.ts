/** A LabelSelector of any object, read and checked (`apimachinery/pkg/apis/meta/v1/validation`). */
import type { Faults } from '../faults.js';
import { readLabelSelector } from '../read-scheduling.js';
import { compileLabelSelector, matches, type Selector } from '../selectors.js';
import type { Json, Labels, LabelSelector } from '../types.js';
import { validateLabelSelector } from '../validation/affinity.js';
import { labelSelectorValue, sortedMap } from '../validation/internal-values.js';

/** `field` is relative to the position of `faults`; null when absent. */
export function checkLabelSelector(value: Json | undefined, field: string, faults: Faults): LabelSelector | null {
  const selector = readLabelSelector(value, field, faults);
  validateLabelSelector(selector, field, faults);
  return selector;
}

/** `what` as in `empty selector is invalid for deployment`. */
export function checkNotEmpty(selector: LabelSelector, what: string, faults: Faults): void {
  if (Object.keys(selector.matchLabels).length + selector.matchExpressions.length > 0) return;
  faults.invalid('selector', {}, `empty selector is invalid for ${what}`);
}

export interface WorkloadSelectorRules {
  readonly what: string;
  readonly templateLabels: Labels;
  /** What is said of one whose requirements are none. */
  readonly uncompiled: string;
}

/**
 * `spec.selector` of a workload, at the position of its spec: there, not empty, and matching its own template. One that
 * is missing matches nothing, an empty one everything.
 * @returns whether upstream goes on to look into the template: not with a selector whose requirements are none
 */
export function checkWorkloadSelector(
  value: Json | undefined,
  { what, templateLabels, uncompiled }: WorkloadSelectorRules,
  faults: Faults,
): boolean {
  const selector = checkLabelSelector(value, 'selector', faults);
  if (selector === null) faults.required('selector');
  else checkNotEmpty(selector, what, faults);
  const compiled = selector === null ? null : compileLabelSelector(selector);
  if (selector !== null && compiled === null) {
    faults.invalid('selector', labelSelectorValue(value), uncompiled);
    return false;
  }
  checkTemplateLabels(compiled, templateLabels, faults);
  return true;
}

/** At the position of the spec that has the template. */
export function checkTemplateLabels(selector: Selector, labels: Labels, faults: Faults): void {
  if (matches(selector, labels)) return;
  const shown = Object.keys(labels).length === 0 ? null : sortedMap(labels);
  faults.invalid('template.metadata.labels', shown, '`selector` does not match template `labels`');
}
