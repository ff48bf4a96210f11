/**
 * Validation of what creates pods, as far as answers depend on it: selector, template, replicas, strategy (upstream
 * `pkg/apis/{apps,batch,core}/validation`; SEMANTICS 11).
 */
import { defaultPodTemplate } from '../defaulting.js';
import { Faults } from '../faults.js';
import { isJsonObject, readInt32, readInt64, readObject, readString, readStringMap } from '../read-common.js';
import { readObjectMeta } from '../read-meta.js';
import { readPodTemplateSpec } from '../read-pod.js';
import { compileLabelMap } from '../selectors.js';
import type { Json, JsonObject, Pod } from '../types.js';
import { validateObjectMeta, validateTemplateMeta } from '../validation/metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, type NameRule } from '../validation/names.js';
import { validatePodTemplate } from '../validation/validate-pod.js';
import { checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.js';
import { checkLabelSelector, checkTemplateLabels, checkWorkloadSelector } from './label-selector.js';

/** `ReplicaSet` as in `activeDeadlineSeconds in ReplicaSet is not Supported`; the first to check a pod's template. */
interface TemplateRules {
  readonly what: string;
  readonly restartPolicies: readonly string[];
}

const alwaysOnly = ['Always'];

export function checkDeployment(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'replicas', faults);
  checkWorkloadSelector(spec['selector'], { what: 'deployment', templateLabels: template.metadata.labels }, faults);
  // A Deployment's template is checked as that of its ReplicaSet.
  checkTemplate(template, { what: 'ReplicaSet', restartPolicies: alwaysOnly }, faults);
  checkDeploymentStrategy(spec, faults);
  checkCount(spec, 'minReadySeconds', faults);
  checkCount(spec, 'revisionHistoryLimit', faults);
  checkCount(spec, 'progressDeadlineSeconds', faults);
  const deadline = wholeNumber(spec['progressDeadlineSeconds']);
  if (deadline !== undefined && deadline <= (wholeNumber(spec['minReadySeconds']) ?? 0)) {
    faults.invalid('progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
  }
  faults.leave();
}

function checkDeploymentStrategy(spec: JsonObject, faults: Faults): void {
  const strategy = readObject(spec['strategy'], 'strategy', faults);
  if (strategy === undefined) return;
  faults.enter('strategy');
  const type = readString(strategy['type'], 'type', faults) || 'RollingUpdate';
  const rollingUpdate = readObject(strategy['rollingUpdate'], 'rollingUpdate', faults);
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) {
      faults.forbidden('rollingUpdate', "may not be specified when strategy `type` is 'Recreate'");
    }
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate !== undefined) {
      faults.enter('rollingUpdate');
      const { maxUnavailable = null, maxSurge = null } = rollingUpdate;
      checkIntOrPercent(maxUnavailable, 'maxUnavailable', faults);
      checkIntOrPercent(maxSurge, 'maxSurge', faults);
      if (isZero(maxUnavailable) && isZero(maxSurge)) {
        faults.invalid('maxUnavailable', maxUnavailable, 'may not be 0 when `maxSurge` is 0');
      }
      checkNotAbove100Percent(maxUnavailable, 'maxUnavailable', faults);
      faults.leave();
    }
  } else {
    faults.notSupported('type', type, ['Recreate', 'RollingUpdate']);
  }
  faults.leave();
}

export function checkReplicaSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'replicas', faults);
  checkCount(spec, 'minReadySeconds', faults);
  // Upstream says deployment here too.
  checkWorkloadSelector(spec['selector'], { what: 'deployment', templateLabels: template.metadata.labels }, faults);
  checkTemplate(template, { what: 'ReplicaSet', restartPolicies: alwaysOnly }, faults);
  faults.leave();
}

export function checkReplicationController(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkCount(spec, 'replicas', faults);
  checkCount(spec, 'minReadySeconds', faults);
  const given = readStringMap(spec['selector'], 'selector', faults);
  const selector = Object.keys(given).length === 0 ? template.metadata.labels : given;
  if (Object.keys(selector).length === 0) faults.required('selector');
  else checkTemplateLabels(compileLabelMap(selector), template.metadata.labels, faults);
  checkTemplate(template, { what: 'ReplicationController', restartPolicies: alwaysOnly }, faults);
  faults.leave();
}

export function checkStatefulSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  const policy = readString(spec['podManagementPolicy'], 'podManagementPolicy', faults) || 'OrderedReady';
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    faults.invalid('podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'");
  }
  checkCount(spec, 'replicas', faults);
  checkCount(spec, 'minReadySeconds', faults);
  checkCount(isJsonObject(spec['ordinals']) ? spec['ordinals'] : {}, 'start', faults, 'ordinals.');
  checkWorkloadSelector(spec['selector'], { what: 'statefulset', templateLabels: template.metadata.labels }, faults);
  checkStatefulSetTemplate(spec, template, faults);
  faults.leave();
}

/**
 * The API server takes any pod spec in a StatefulSet, because it cannot tell which volumes the claim templates will bring;
 * its pods are refused one by one. So what is wrong with the spec is a warning here.
 */
function checkStatefulSetTemplate(spec: JsonObject, template: Pod, faults: Faults): void {
  faults.enter('template');
  faults.enter('metadata');
  validateTemplateMeta(template.metadata, faults);
  faults.leave();
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== 'Always') faults.notSupported('spec.restartPolicy', restartPolicy, alwaysOnly);
  if (activeDeadlineSeconds !== undefined) {
    faults.forbidden('spec.activeDeadlineSeconds', 'activeDeadlineSeconds in StatefulSet is not Supported');
  }
  faults.leave();

  const raw = isJsonObject(spec['template']) ? spec['template'] : {};
  const rawSpec = isJsonObject(raw['spec']) ? raw['spec'] : {};
  const volumes = [...(Array.isArray(rawSpec['volumes']) ? rawSpec['volumes'] : []), ...claimVolumes(spec)];
  const ofPods = new Faults();
  ofPods.enter('spec');
  const whole = readPodTemplateSpec({ ...raw, spec: { ...rawSpec, volumes } }, 'template', ofPods);
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

export function checkDaemonSet(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const template = readTemplate(spec, faults);
  checkWorkloadSelector(spec['selector'], { what: 'daemonset', templateLabels: template.metadata.labels }, faults);
  checkTemplate(template, { what: 'DaemonSet', restartPolicies: alwaysOnly }, faults);
  checkCount(spec, 'minReadySeconds', faults);
  faults.leave();
}

export function checkJob(manifest: JsonObject, faults: Faults): void {
  // A Job's name becomes a label value of its pods, but is only asked to be a subdomain.
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  checkJobSpec(spec, faults);
  faults.leave();
}

export function checkCronJob(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, cronJobName, faults);
  if (readString(spec['schedule'], 'schedule', faults) === '') faults.required('schedule');
  const policy = readString(spec['concurrencyPolicy'], 'concurrencyPolicy', faults) || 'Allow';
  const policies = ['Allow', 'Forbid', 'Replace'];
  if (!policies.includes(policy)) faults.notSupported('concurrencyPolicy', policy, policies);
  const jobTemplate = readObject(spec['jobTemplate'], 'jobTemplate', faults) ?? {};
  faults.enter('jobTemplate');
  const jobSpec = readObject(jobTemplate['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  checkJobSpec(jobSpec, faults);
  faults.leave();
  faults.leave();
  faults.leave();
}

/** Eleven characters are left for the time that the Job's name ends in. */
const cronJobName: NameRule = (name) =>
  name.length > 52 ? [...dnsSubdomainFaults(name), 'must be no more than 52 characters'] : dnsSubdomainFaults(name);

/** At the position of the Job's spec. */
function checkJobSpec(spec: JsonObject, faults: Faults): void {
  const template = readTemplate(spec, faults);
  for (const field of ['parallelism', 'completions', 'backoffLimit', 'ttlSecondsAfterFinished']) {
    checkCount(spec, field, faults);
  }
  const deadline = readInt64(spec['activeDeadlineSeconds'], 'activeDeadlineSeconds', faults);
  if (deadline !== undefined && deadline < 0) faults.invalid('activeDeadlineSeconds', deadline, negative);
  const mode = readString(spec['completionMode'], 'completionMode', faults) || 'NonIndexed';
  if (mode !== 'NonIndexed' && mode !== 'Indexed') {
    faults.notSupported('completionMode', mode, ['NonIndexed', 'Indexed']);
  } else if (mode === 'Indexed' && wholeNumber(spec['completions']) === undefined) {
    faults.required('completions', 'when completion mode is Indexed');
  }
  // The selector is generated unless manualSelector is set.
  if (spec['manualSelector'] === true) {
    checkWorkloadSelector(spec['selector'], { what: 'job', templateLabels: template.metadata.labels }, faults);
  } else {
    checkLabelSelector(spec['selector'], 'selector', faults);
  }
  const { restartPolicy } = template.spec;
  faults.enter('template');
  validatePodTemplate(template, faults);
  if (restartPolicy === 'Always') {
    faults.required('spec.restartPolicy', 'valid values: "OnFailure", "Never"');
  } else if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    faults.notSupported('spec.restartPolicy', restartPolicy, ['OnFailure', 'Never']);
  }
  faults.leave();
}

const negative = 'must be greater than or equal to 0';

/** Steps into `spec`, after the metadata: the caller leaves it. */
function enterSpec(manifest: JsonObject, name: NameRule, faults: Faults): JsonObject {
  validateObjectMeta(readObjectMeta(manifest['metadata'], 'metadata', faults), { name, namespaced: true }, faults);
  const spec = readObject(manifest['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  return spec;
}

function readTemplate(spec: JsonObject, faults: Faults): Pod {
  return defaultPodTemplate(readPodTemplateSpec(spec['template'], 'template', faults));
}

/** At the position of the spec that holds the template. */
function checkTemplate(template: Pod, { what, restartPolicies }: TemplateRules, faults: Faults): void {
  faults.enter('template');
  validatePodTemplate(template, faults);
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (!restartPolicies.includes(restartPolicy)) {
    faults.notSupported('spec.restartPolicy', restartPolicy, restartPolicies);
  }
  if (activeDeadlineSeconds !== undefined) {
    faults.forbidden('spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${what} is not Supported`);
  }
  faults.leave();
}

function checkCount(object: JsonObject, field: string, faults: Faults, prefix = ''): void {
  const value = readInt32(object[field], `${prefix}${field}`, faults);
  if (value !== undefined && value < 0) faults.invalid(`${prefix}${field}`, value, negative);
}

function wholeNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

function isZero(value: Json): boolean {
  return value === 0 || (typeof value === 'string' && /^0+%$/.test(value));
}

/** HorizontalPodAutoscaler: its bounds and what it scales. */
export function checkHorizontalPodAutoscaler(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const target = readObject(spec['scaleTargetRef'], 'scaleTargetRef', faults) ?? {};
  if (readString(target['kind'], 'scaleTargetRef.kind', faults) === '') faults.required('scaleTargetRef.kind');
  if (readString(target['name'], 'scaleTargetRef.name', faults) === '') faults.required('scaleTargetRef.name');
  const minReplicas = readInt32(spec['minReplicas'], 'minReplicas', faults);
  const maxReplicas = readInt32(spec['maxReplicas'], 'maxReplicas', faults) ?? 0;
  if (minReplicas !== undefined && minReplicas < 1) {
    faults.invalid('minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if (maxReplicas < 1) faults.invalid('maxReplicas', maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    faults.invalid('maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  faults.leave();
}

/** PodDisruptionBudget: one of its two bounds. */
export function checkPodDisruptionBudget(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsSubdomainFaults, faults);
  const { minAvailable = null, maxUnavailable = null } = spec;
  if (minAvailable !== null && maxUnavailable !== null) {
    faults.invalid('', spec, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ] as const) {
    checkIntOrPercent(value, field, faults);
    checkNotAbove100Percent(value, field, faults);
  }
  checkLabelSelector(spec['selector'], 'selector', faults);
  faults.leave();
}

/** Service: its selector. */
export function checkService(manifest: JsonObject, faults: Faults): void {
  const spec = enterSpec(manifest, dnsLabelFaults, faults);
  readStringMap(spec['selector'], 'selector', faults);
  faults.leave();
}
