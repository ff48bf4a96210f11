/** Tolerations and taints (SEMANTICS 4.8). */
import type { Faults } from '../faults.js';
import type { Taint, Toleration } from '../types.js';
import { taintValue } from './internal-values.js';
import { labelValueFaults, qualifiedNameFaults } from './names.js';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** `spec.tolerations`, at the position of `spec`. `Lt` and `Gt` are behind a gate that is off by default. */
export function validateTolerations(tolerations: readonly Toleration[], faults: Faults): void {
  if (tolerations.length === 0) return;
  faults.enter('tolerations');
  for (let index = 0; index < tolerations.length; index++) {
    faults.enter(index);
    validateToleration(tolerations[index]!, faults);
    faults.leave();
  }
  faults.leave();
}

function validateToleration(toleration: Toleration, faults: Faults): void {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  if (key !== '') faults.invalidForEach('key', key, qualifiedNameFaults(key));
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    faults.invalid('operator', operator, detail);
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    faults.invalid('effect', effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (operator === 'Equal' || operator === '') {
    const valueFaults = labelValueFaults(value);
    // Upstream reports the value at the operator.
    if (valueFaults.length > 0) faults.invalid('operator', value, valueFaults.join(';'));
  } else if (operator === 'Exists') {
    if (value !== '') faults.invalid('operator', value, "value must be empty when `operator` is 'Exists'");
  } else faults.notSupported('operator', operator, ['Equal', 'Exists']);
  if (effect !== '' && !effects.includes(effect)) faults.notSupported('effect', effect, effects);
}

/** A node's `spec.taints`; upstream reports them below `metadata`, the position is the node's root. */
export function validateTaints(taints: readonly Taint[], faults: Faults): void {
  if (taints.length === 0) return;
  const seen = new Set<string>();
  for (let index = 0; index < taints.length; index++) {
    const taint = taints[index]!;
    const { key, value, effect } = taint;
    faults.enter(`metadata.taints[${index}]`);
    faults.invalidForEach('key', key, qualifiedNameFaults(key));
    const valueFaults = labelValueFaults(value);
    if (valueFaults.length > 0) faults.invalid('value', value, valueFaults.join(';'));
    if (effect === '') faults.required('effect');
    else if (!effects.includes(effect)) faults.notSupported('effect', effect, effects);
    const pair = `${effect}\0${key}`;
    if (seen.has(pair)) faults.duplicate('', taintValue({ ...taint }), 'taints must be unique by key and effect pair');
    seen.add(pair);
    faults.leave();
  }
}
