/** `podFailurePolicy` of a Job (upstream validatePodFailurePolicy). */
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { JsonObject, Pod } from '../types.js';
import { qualifiedNameFaults } from '../validation/names.js';
import { objectsOf, optionalText, textOf } from '../validation/raw.js';

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];
const maxRules = 20;
const maxExitCodes = 255;
const maxConditions = 20;

interface JobOfPolicy {
  readonly template: Pod;
  readonly hasLimitPerIndex: boolean;
}

/** At the position of the Job's spec. */
export function checkPodFailurePolicy(policy: JsonObject, job: JobOfPolicy, faults: Faults): void {
  const rules = objectsOf(policy['rules']);
  faults.enter('podFailurePolicy');
  if (rules.length > maxRules) faults.tooMany('rules', rules.length, maxRules);
  for (const [index, rule] of rules.entries()) {
    faults.enter(`rules[${index}]`);
    checkRule(rule, job, faults);
    faults.leave();
  }
  faults.leave();
}

function checkRule(rule: JsonObject, { template, hasLimitPerIndex }: JobOfPolicy, faults: Faults): void {
  const action = textOf(rule['action']);
  checkOneOf(action, 'action', actions, faults);
  if (action === 'FailIndex' && !hasLimitPerIndex) {
    faults.invalid('action', action, 'requires the backoffLimitPerIndex to be set');
  }
  const exitCodes = rule['onExitCodes'];
  const conditions = objectsOf(rule['onPodConditions']);
  if (isJsonObject(exitCodes)) {
    faults.enter('onExitCodes');
    checkExitCodes(exitCodes, template, faults);
    faults.leave();
  }
  if (conditions.length > maxConditions) faults.tooMany('onPodConditions', conditions.length, maxConditions);
  for (const [index, condition] of conditions.entries()) {
    const type = textOf(condition['type']);
    faults.invalidForEach(`onPodConditions[${index}].type`, type, qualifiedNameFaults(type));
    checkOneOf(textOf(condition['status']), `onPodConditions[${index}].status`, statuses, faults);
  }
  if (isJsonObject(exitCodes) && conditions.length > 0) {
    faults.invalidUnshown('', 'specifying both OnExitCodes and OnPodConditions is not supported');
  } else if (!isJsonObject(exitCodes) && conditions.length === 0) {
    faults.invalidUnshown('', 'specifying one of OnExitCodes and OnPodConditions is required');
  }
}

function checkExitCodes(codes: JsonObject, { spec }: Pod, faults: Faults): void {
  const operator = textOf(codes['operator']);
  checkOneOf(operator, 'operator', operators, faults);
  const container = optionalText(codes['containerName']);
  const isOfPod = [...spec.containers, ...spec.initContainers].some(({ name }) => name === container);
  if (container !== undefined && !isOfPod) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    faults.invalid('containerName', container, detail);
  }
  const values = Array.isArray(codes['values']) ? codes['values'].filter((value) => typeof value === 'number') : [];
  if (values.length === 0) faults.invalid('values', values, 'at least one value is required');
  else if (values.length > maxExitCodes) faults.tooMany('values', values.length, maxExitCodes);
  for (const [index, value] of values.entries()) {
    if (operator === 'In' && value === 0) faults.invalid(`values[${index}]`, 0, 'must not be 0 for the In operator');
    if (values.indexOf(value) < index) faults.duplicate(`values[${index}]`, value);
  }
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) {
    faults.invalid('values', values, 'must be ordered');
  }
}

function checkOneOf(value: string, field: string, supported: readonly string[], faults: Faults): void {
  if (value === '') faults.required(field, `valid values: [${supported.map((text) => `"${text}"`).join(' ')}]`);
  else if (!supported.includes(value)) faults.notSupported(field, value, supported);
}
