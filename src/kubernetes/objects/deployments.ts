/**
 * Validation of workloads whose pods are alike: Deployment, ReplicaSet, ReplicationController, DaemonSet, in upstream's
 * order (`pkg/apis/{apps,core}/validation`; SEMANTICS 11).
 */
import type { Faults } from '../faults.js';
import { readObject, readString, readStringMap } from '../read-common.js';
import { compileLabelMap, compileLabelSelector } from '../selectors.js';
import type { JsonObject } from '../types.js';
import { rollingStrategyValue } from '../validation/internal-values.js';
import { dnsSubdomainFaults } from '../validation/names.js';
import { checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.js';
import { checkLabelSelector, checkNotEmpty, checkTemplateLabels, checkWorkloadSelector } from './label-selector.js';
import { checkCount, checkLastingTemplate, enterSpec, isZero, readTemplate } from './workload-spec.js';

const uncompiled = 'invalid label selector';

export function checkDeployment(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'replicas', faults);
  const rules = { what: 'deployment', templateLabels: template.metadata.labels, uncompiled };
  // A Deployment's template is checked as that of its ReplicaSet.
  if (checkWorkloadSelector(spec['selector'], rules, faults)) checkLastingTemplate(template, 'ReplicaSet', faults);
  checkDeploymentStrategy(spec, faults);
  const minReadySeconds = checkCount(spec, 'minReadySeconds', faults) ?? 0;
  checkCount(spec, 'revisionHistoryLimit', faults);
  const deadline = checkCount(spec, 'progressDeadlineSeconds', faults) ?? defaultProgressDeadline;
  if (deadline <= minReadySeconds) {
    faults.invalid('progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
  }
  faults.leave();
}

const defaultProgressDeadline = 600;

function checkDeploymentStrategy(spec: JsonObject, faults: Faults): void {
  const strategy = readObject(spec['strategy'], 'strategy', faults);
  if (strategy === undefined) return;
  const type = readString(strategy['type'], 'strategy.type', faults) || 'RollingUpdate';
  const rollingUpdate = readObject(strategy['rollingUpdate'], 'strategy.rollingUpdate', faults);
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) {
      faults.forbidden('strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type !== 'RollingUpdate') {
    faults.notSupported('strategy', rollingStrategyValue(strategy), ['Recreate', 'RollingUpdate']);
  } else if (rollingUpdate !== undefined) {
    faults.enter('strategy.rollingUpdate');
    const maxUnavailable = rollingUpdate['maxUnavailable'] ?? '25%';
    const maxSurge = rollingUpdate['maxSurge'] ?? '25%';
    checkIntOrPercent(maxUnavailable, 'maxUnavailable', faults);
    checkIntOrPercent(maxSurge, 'maxSurge', faults);
    if (isZero(maxUnavailable) && isZero(maxSurge)) {
      faults.invalid('maxUnavailable', maxUnavailable, 'may not be 0 when `maxSurge` is 0');
    }
    checkNotAbove100Percent(maxUnavailable, 'maxUnavailable', faults);
    faults.leave();
  }
}

export function checkReplicaSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'replicas', faults);
  checkCount(spec, 'minReadySeconds', faults);
  // Upstream says deployment here too.
  const rules = { what: 'deployment', templateLabels: template.metadata.labels, uncompiled };
  if (checkWorkloadSelector(spec['selector'], rules, faults)) checkLastingTemplate(template, 'ReplicaSet', faults);
  faults.leave();
}

export function checkReplicationController(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'minReadySeconds', faults);
  const given = readStringMap(spec['selector'], 'selector', faults);
  const selector = Object.keys(given).length === 0 ? template.metadata.labels : given;
  const isEmpty = Object.keys(selector).length === 0;
  if (isEmpty) faults.required('selector');
  checkCount(spec, 'replicas', faults);
  if (!isEmpty) checkTemplateLabels(compileLabelMap(selector), template.metadata.labels, faults);
  checkLastingTemplate(template, 'ReplicationController', faults);
  faults.leave();
}

export function checkDaemonSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  const selector = checkLabelSelector(spec['selector'], 'selector', faults);
  const compiled = selector === null ? null : compileLabelSelector(selector);
  if (selector === null || compiled !== null) checkTemplateLabels(compiled, template.metadata.labels, faults);
  if (selector !== null) checkNotEmpty(selector, 'daemonset', faults);
  checkLastingTemplate(template, 'DaemonSet', faults);
  checkCount(spec, 'minReadySeconds', faults);
  checkDaemonSetStrategy(spec, faults);
  checkCount(spec, 'revisionHistoryLimit', faults);
  faults.leave();
}

function checkDaemonSetStrategy(spec: JsonObject, faults: Faults): void {
  const strategy = readObject(spec['updateStrategy'], 'updateStrategy', faults);
  if (strategy === undefined) return;
  const type = readString(strategy['type'], 'updateStrategy.type', faults) || 'RollingUpdate';
  const rollingUpdate = readObject(strategy['rollingUpdate'], 'updateStrategy.rollingUpdate', faults);
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    faults.notSupported('updateStrategy', rollingStrategyValue(strategy), ['RollingUpdate', 'OnDelete']);
    return;
  }
  if (rollingUpdate === undefined) return;
  faults.enter('updateStrategy.rollingUpdate');
  const maxUnavailable = rollingUpdate['maxUnavailable'] ?? 1;
  const maxSurge = rollingUpdate['maxSurge'] ?? 0;
  checkIntOrPercent(maxUnavailable, 'maxUnavailable', faults);
  checkIntOrPercent(maxSurge, 'maxSurge', faults);
  checkNotAbove100Percent(maxUnavailable, 'maxUnavailable', faults);
  checkNotAbove100Percent(maxSurge, 'maxSurge', faults);
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    faults.invalid('maxSurge', maxSurge, 'may not be set when maxUnavailable is non-zero');
  } else if (isZero(maxUnavailable) && isZero(maxSurge)) {
    faults.required('maxUnavailable', 'cannot be 0 when maxSurge is 0');
  }
  faults.leave();
}
