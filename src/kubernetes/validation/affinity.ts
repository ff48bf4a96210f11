/** Node and pod affinity, label selectors (SEMANTICS 4.9). */
import type { Faults } from '../faults.js';
import type {
  Affinity,
  Labels,
  LabelSelector,
  LabelSelectorRequirement,
  NodeAffinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../types.js';
import { validateMatchLabelKeys } from './label-keys.js';
import { validateLabels } from './metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, labelValueFaults, qualifiedNameFaults } from './names.js';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

const operatorWrong = 'not a valid selector operator';
const valuesMissing = "must be specified when `operator` is 'In' or 'NotIn'";
const valuesRefused = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";

/** `spec.affinity`, at the position of `spec`. @param labels of the pod; undefined for a template */
export function validateAffinity(affinity: Affinity | undefined, labels: Labels | undefined, faults: Faults): void {
  if (affinity === undefined) return;
  faults.enter('affinity');
  if (affinity.nodeAffinity) validateNodeAffinity(affinity.nodeAffinity, faults);
  if (affinity.podAffinity) validatePodAffinity(affinity.podAffinity, 'podAffinity', labels, faults);
  if (affinity.podAntiAffinity) validatePodAffinity(affinity.podAntiAffinity, 'podAntiAffinity', labels, faults);
  faults.leave();
}

function each<T>(list: readonly T[], field: string, faults: Faults, validate: (item: T) => void): void {
  if (list.length === 0) return;
  faults.enter(field);
  for (let index = 0; index < list.length; index++) {
    faults.enter(index);
    validate(list[index]!);
    faults.leave();
  }
  faults.leave();
}

function validateNodeAffinity(affinity: NodeAffinity, faults: Faults): void {
  faults.enter('nodeAffinity');
  if (affinity.required !== undefined) {
    const { nodeSelectorTerms } = affinity.required;
    faults.enter(required);
    if (nodeSelectorTerms.length === 0) {
      faults.required('nodeSelectorTerms', 'must have at least one node selector term');
    }
    each(nodeSelectorTerms, 'nodeSelectorTerms', faults, (term) => validateNodeSelectorTerm(term, true, faults));
    faults.leave();
  }
  each(affinity.preferred, preferred, faults, ({ weight, preference }) => {
    validateWeight(weight, faults);
    faults.enter('preference');
    // Values that no label can have are accepted in preferences.
    validateNodeSelectorTerm(preference, false, faults);
    faults.leave();
  });
  faults.leave();
}

function validateWeight(weight: number, faults: Faults): void {
  if (weight < 1 || weight > 100) faults.invalid('weight', weight, 'must be in the range 1-100');
}

export function validateNodeSelectorTerm(term: NodeSelectorTerm, checkValues: boolean, faults: Faults): void {
  each(term.matchExpressions, 'matchExpressions', faults, (requirement) => {
    validateNodeRequirement(requirement, checkValues, faults);
  });
  each(term.matchFields, 'matchFields', faults, (requirement) => validateFieldRequirement(requirement, faults));
}

function validateNodeRequirement(
  { key, operator, values }: LabelSelectorRequirement,
  checkValues: boolean,
  faults: Faults,
): void {
  if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      faults.required('values', "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  } else validateSetOperator(operator, values, faults);
  faults.invalidForEach('key', key, qualifiedNameFaults(key));
  if (checkValues) validateValues(values, faults);
}

function validateSetOperator(operator: string, values: readonly string[], faults: Faults): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) faults.required('values', valuesMissing);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) faults.forbidden('values', valuesRefused);
  } else faults.invalid('operator', operator, operatorWrong);
}

function validateValues(values: readonly string[], faults: Faults): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    const valueFaults = labelValueFaults(value);
    if (valueFaults.length > 0) faults.invalidForEach(`values[${index}]`, value, valueFaults);
  }
}

function validateFieldRequirement({ key, operator, values }: LabelSelectorRequirement, faults: Faults): void {
  if (operator !== 'In' && operator !== 'NotIn') faults.invalid('operator', operator, operatorWrong);
  else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    faults.required('values', detail);
  }
  if (key !== 'metadata.name') {
    faults.invalid('key', key, 'not a valid field selector key');
    return;
  }
  for (const [index, value] of values.entries()) {
    faults.invalidForEach(`values[${index}]`, value, dnsSubdomainFaults(value));
  }
}

function validatePodAffinity(
  affinity: PodAffinity,
  field: 'podAffinity' | 'podAntiAffinity',
  labels: Labels | undefined,
  faults: Faults,
): void {
  faults.enter(field);
  each(affinity.required, required, faults, (term) => validatePodAffinityTerm(term, labels, faults));
  each(affinity.preferred, preferred, faults, ({ weight, podAffinityTerm }) => {
    validateWeight(weight, faults);
    faults.enter('podAffinityTerm');
    validatePodAffinityTerm(podAffinityTerm, labels, faults);
    faults.leave();
  });
  faults.leave();
}

function validatePodAffinityTerm(term: PodAffinityTerm, labels: Labels | undefined, faults: Faults): void {
  validateLabelSelector(term.labelSelector, 'labelSelector', faults);
  validateLabelSelector(term.namespaceSelector, 'namespaceSelector', faults);
  for (const name of term.namespaces) faults.invalidForEach('namespace', name, dnsLabelFaults(name));
  validateMatchLabelKeys(term, labels, faults);
  if (term.topologyKey === '') faults.required('topologyKey', 'can not be empty');
  faults.invalidForEach('topologyKey', term.topologyKey, qualifiedNameFaults(term.topologyKey));
}

/** A label selector at `field`; null is fine. Also of workloads, budgets, quotas. */
export function validateLabelSelector(selector: LabelSelector | null, field: string, faults: Faults): void {
  if (selector === null) return;
  faults.enter(field);
  validateLabels(selector.matchLabels, 'matchLabels', faults);
  each(selector.matchExpressions, 'matchExpressions', faults, ({ key, operator, values }) => {
    validateSetOperator(operator, values, faults);
    faults.invalidForEach('key', key, qualifiedNameFaults(key));
    validateValues(values, faults);
  });
  faults.leave();
}
