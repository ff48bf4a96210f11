/** A LabelSelector of any object, read and checked (`apimachinery/pkg/apis/meta/v1/validation`). */
import type { Faults } from '../faults.js';
import { readLabelSelector } from '../read-scheduling.js';
import { compileLabelSelector, matches, type Selector } from '../selectors.js';
import type { Json, Labels, LabelSelector } from '../types.js';
import { validateLabelSelector } from '../validation/affinity.js';

/** `field` is relative to the position of `faults`; null when absent. */
export function checkLabelSelector(value: Json | undefined, field: string, faults: Faults): LabelSelector | null {
  const selector = readLabelSelector(value, field, faults);
  validateLabelSelector(selector, field, faults);
  return selector;
}

export interface WorkloadSelectorRules {
  /** `deployment` in `empty selector is invalid for deployment`. */
  readonly what: string;
  readonly templateLabels: Labels;
}

/** `spec.selector` of a workload, at the position of its spec: there, not empty, and matching its own template. */
export function checkWorkloadSelector(value: Json | undefined, rules: WorkloadSelectorRules, faults: Faults): void {
  const selector = checkLabelSelector(value, 'selector', faults);
  if (selector === null) {
    faults.required('selector');
    return;
  }
  if (Object.keys(selector.matchLabels).length + selector.matchExpressions.length === 0) {
    faults.invalid('selector', value, `empty selector is invalid for ${rules.what}`);
    return;
  }
  const compiled = compileLabelSelector(selector);
  if (compiled === null) faults.invalid('selector', value, 'invalid label selector');
  else checkTemplateLabels(compiled, rules.templateLabels, faults);
}

/** At the position of the spec that has the template. */
export function checkTemplateLabels(selector: Selector, templateLabels: Labels, faults: Faults): void {
  if (matches(selector, templateLabels)) return;
  faults.invalid('template.metadata.labels', templateLabels, '`selector` does not match template `labels`');
}
