/** Validation of PodDisruptionBudgets, HorizontalPodAutoscalers and Services, as far as answers depend on them. */
import type { Faults } from '../faults.js';
import { readInt32, readObject, readString, readStringMap } from '../read-common.js';
import { readObjectMeta } from '../read-meta.js';
import type { JsonObject } from '../types.js';
import { disruptionBudgetSpecValue } from '../validation/internal-values.js';
import { validateLabels, validateObjectMeta } from '../validation/metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, pathSegmentFaults } from '../validation/names.js';
import { optionalText } from '../validation/raw.js';
import { checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.js';
import { checkLabelSelector } from './label-selector.js';
import { enterSpec } from './workload-spec.js';

/** HorizontalPodAutoscaler: its bounds and what it scales. Its metrics are not looked at. */
export function checkHorizontalPodAutoscaler(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const minReplicas = readInt32(spec['minReplicas'], 'minReplicas', faults);
  const maxReplicas = readInt32(spec['maxReplicas'], 'maxReplicas', faults) ?? 0;
  if (minReplicas !== undefined && minReplicas < 1) {
    faults.invalid('minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if (maxReplicas < 1) faults.invalid('maxReplicas', maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    faults.invalid('maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  const target = readObject(spec['scaleTargetRef'], 'scaleTargetRef', faults) ?? {};
  for (const field of ['kind', 'name']) {
    const text = readString(target[field], `scaleTargetRef.${field}`, faults);
    if (text === '') faults.required(`scaleTargetRef.${field}`);
    else faults.invalidForEach(`scaleTargetRef.${field}`, text, pathSegmentFaults(text));
  }
  faults.leave();
}

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget'];

/** PodDisruptionBudget: one of its two bounds. The API server looks at the metadata only of one whose spec is in order. */
export function checkPodDisruptionBudget(manifest: JsonObject, faults: Faults): void {
  const before = faults.errors.length;
  const spec = readObject(manifest['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  const { minAvailable = null, maxUnavailable = null } = spec;
  if (minAvailable !== null && maxUnavailable !== null) {
    faults.invalid('', disruptionBudgetSpecValue(spec), 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ] as const) {
    checkIntOrPercent(value, field, faults);
    checkNotAbove100Percent(value, field, faults);
  }
  checkLabelSelector(spec['selector'], 'selector', faults);
  const policy = optionalText(spec['unhealthyPodEvictionPolicy']);
  if (policy !== undefined && !evictionPolicies.includes(policy)) {
    faults.notSupported('unhealthyPodEvictionPolicy', policy, evictionPolicies);
  }
  faults.leave();
  if (faults.errors.length > before) return;
  const metadata = readObjectMeta(manifest['metadata'], 'metadata', faults);
  validateObjectMeta(metadata, { name: pathSegmentFaults, namespaced: true }, faults);
}

/** Service: its selector. Its ports and addresses are not looked at. */
export function checkService(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsLabelFaults, faults);
  validateLabels(readStringMap(spec['selector'], 'selector', faults), 'selector', faults);
  faults.leave();
}
