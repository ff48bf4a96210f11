/** Validation of StatefulSets in upstream's order (`pkg/apis/apps/validation`; SEMANTICS 11). */
import { defaultPodTemplate } from '../defaulting.js';
import { Faults } from '../faults.js';
import { isJsonObject, readObject, readString } from '../read-common.js';
import { readPodTemplateSpec } from '../read-pod.js';
import type { Json, JsonObject, Pod } from '../types.js';
import { partitionedUpdateValue, statefulSetStrategyValue } from '../validation/internal-values.js';
import { validateTemplateMeta } from '../validation/metadata.js';
import { dnsSubdomainFaults } from '../validation/names.js';
import { validatePodAnnotations } from '../validation/pod-annotations.js';
import { validatePodTemplate } from '../validation/validate-pod.js';
import { checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.js';
import { checkWorkloadSelector } from './label-selector.js';
import { checkCount, checkLasting, enterSpec, isZero, readTemplate } from './workload-spec.js';

const retentionPolicies = ['Retain', 'Delete'];

export function checkStatefulSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  const policy = readString(spec['podManagementPolicy'], 'podManagementPolicy', faults) || 'OrderedReady';
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    faults.invalid('podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'");
  }
  checkUpdateStrategy(spec, faults);
  const retention = readObject(
    spec['persistentVolumeClaimRetentionPolicy'],
    'persistentVolumeClaimRetentionPolicy',
    faults,
  );
  for (const field of ['whenDeleted', 'whenScaled']) {
    const kept = readString(retention?.[field], `persistentVolumeClaimRetentionPolicy.${field}`, faults) || 'Retain';
    if (retentionPolicies.includes(kept)) continue;
    faults.notSupported(`persistentVolumeClaimRetentionPolicy.${field}`, kept, retentionPolicies);
  }
  checkCount(spec, 'replicas', faults);
  checkCount(spec, 'minReadySeconds', faults);
  if (isJsonObject(spec['ordinals'])) {
    faults.enter('ordinals');
    checkCount(spec['ordinals'], 'start', faults);
    faults.leave();
  }
  const rules = { what: 'statefulset', templateLabels: template.metadata.labels, uncompiled: '' };
  const goesOn = checkWorkloadSelector(spec['selector'], rules, faults);
  faults.enter('template');
  if (goesOn) {
    validateTemplateMeta(template.metadata, faults);
    validatePodAnnotations(template, faults);
  }
  checkLasting(template, 'StatefulSet', faults);
  faults.leave();
  warnOfPods(spec, faults);
  faults.leave();
}

function checkUpdateStrategy(spec: JsonObject, faults: Faults): void {
  const strategy = readObject(spec['updateStrategy'], 'updateStrategy', faults);
  if (strategy === undefined) return;
  const type = readString(strategy['type'], 'updateStrategy.type', faults) || 'RollingUpdate';
  const rollingUpdate = readObject(strategy['rollingUpdate'], 'updateStrategy.rollingUpdate', faults);
  if (type === 'OnDelete') {
    if (rollingUpdate === undefined) return;
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    faults.invalid('updateStrategy.rollingUpdate', partitionedUpdateValue(rollingUpdate), detail);
  } else if (type !== 'RollingUpdate') {
    faults.invalid('updateStrategy', statefulSetStrategyValue(strategy), "must be 'RollingUpdate' or 'OnDelete'");
  } else if (rollingUpdate !== undefined) {
    const { maxUnavailable = null } = rollingUpdate;
    faults.enter('updateStrategy.rollingUpdate');
    checkCount(rollingUpdate, 'partition', faults);
    if (maxUnavailable !== null) {
      checkIntOrPercent(maxUnavailable, 'maxUnavailable', faults);
      if (isZero(maxUnavailable)) faults.invalid('maxUnavailable', maxUnavailable, 'cannot be 0');
      checkNotAbove100Percent(maxUnavailable, 'maxUnavailable', faults);
    }
    faults.leave();
  }
}

/**
 * The API server takes any pod spec in a StatefulSet, because it cannot tell which volumes the claim templates will bring;
 * its pods are refused one by one. So what is wrong with the spec is a warning here.
 */
function warnOfPods(spec: JsonObject, faults: Faults): void {
  const raw = isJsonObject(spec['template']) ? spec['template'] : {};
  const rawSpec = isJsonObject(raw['spec']) ? raw['spec'] : {};
  const volumes = [...(Array.isArray(rawSpec['volumes']) ? rawSpec['volumes'] : []), ...claimVolumes(spec)];
  const ofPods = new Faults();
  ofPods.enter('spec');
  const whole: Pod = readPodTemplateSpec({ ...raw, spec: { ...rawSpec, volumes } }, 'template', ofPods);
  ofPods.enter('template');
  validatePodTemplate(defaultPodTemplate(whole), ofPods);
  const refused = new Set(faults.errors.map(({ message }) => message));
  for (const { message } of ofPods.errors) {
    if (!refused.has(message)) faults.warn(`${message} (the StatefulSet is accepted, its pods are not)`);
  }
}

/** Volumes that the controller adds to each pod, under the names of the claim templates. */
function claimVolumes(spec: JsonObject): Json[] {
  const claims = spec['volumeClaimTemplates'];
  if (!Array.isArray(claims)) return [];
  return claims.flatMap((claim) => {
    const metadata = isJsonObject(claim) ? claim['metadata'] : undefined;
    const name = isJsonObject(metadata) ? metadata['name'] : undefined;
    return typeof name === 'string' ? [{ name, persistentVolumeClaim: { claimName: name } }] : [];
  });
}
