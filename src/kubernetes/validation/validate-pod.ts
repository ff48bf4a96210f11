/**
 * Validation of pods as the API server does it on create, and of pod templates (pkg/apis/core/validation; SEMANTICS 4).
 * The subject is what a client proposes: read, defaulted (`defaultPod`), and admitted (LimitRange defaults) before. Pods
 * that a real cluster has accepted are not judged again.
 */
import type { Faults } from '../faults.js';
import type { Pod, PodSpec } from '../types.js';
import { validateAffinity } from './affinity.js';
import { validateContainers } from './containers.js';
import { validateLabels, validateObjectMeta, validateTemplateMeta, type MetadataRules } from './metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults, type NameRule } from './names.js';
import { validateHostNetworkPorts } from './ports.js';
import { validateOverhead, validatePodResources } from './resources.js';
import { validateTopologySpread } from './spread.js';
import { validateTolerations } from './tolerations.js';
import { validateVolumes } from './volumes.js';

const podMetadata: MetadataRules = { name: dnsSubdomainFaults, namespaced: true };

/** @param pod as `defaultPod` returns it; faults have paths from the manifest's root */
export function validatePod(pod: Pod, faults: Faults): void {
  validateObjectMeta(pod.metadata, podMetadata, faults);
  faults.enter('spec');
  validatePodSpec(pod.spec, false, faults);
  if (pod.spec.ephemeralContainers.length > 0) faults.forbidden('ephemeralContainers', 'cannot be set on create');
  if (pod.spec.schedulingGates.length > 0 && pod.spec.nodeName !== '') {
    faults.forbidden('nodeName', 'cannot be set until all schedulingGates have been cleared');
  }
  faults.leave();
}

/**
 * A pod template at the position of `faults`, which the caller has moved to the template (`spec.template`). Labels and
 * annotations are checked, a name is not asked for; the selector and restartPolicy rules of the workload are its own.
 */
export function validatePodTemplate(template: Pod, faults: Faults): void {
  faults.enter('metadata');
  validateTemplateMeta(template.metadata, faults);
  faults.leave();
  faults.enter('spec');
  validatePodSpec(template.spec, true, faults);
  if (template.spec.ephemeralContainers.length > 0) {
    faults.forbidden('ephemeralContainers', 'ephemeral containers not allowed in pod template');
  }
  faults.leave();
}

const maxInt32 = 2 ** 31 - 1;
const restartPolicies = ['Always', 'OnFailure', 'Never'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const osNames = ['linux', 'windows'];

/** At the position of the spec. */
function validatePodSpec(spec: PodSpec, isTemplate: boolean, faults: Faults): void {
  validateVolumes(spec.volumes, faults);
  validateResourceClaims(spec, faults);
  validateContainers(spec, isTemplate, faults);
  validatePodResources(spec, faults);
  if (spec.hostNetwork) validateHostNetworkPorts(spec.containers, isTemplate, faults);
  if (!restartPolicies.includes(spec.restartPolicy)) {
    faults.notSupported('restartPolicy', spec.restartPolicy, restartPolicies);
  }
  validateLabels(spec.nodeSelector, 'nodeSelector', faults);
  validateAffinity(spec.affinity, faults);
  validateGates(spec, faults);
  validateTopologySpread(spec.topologySpreadConstraints, faults);
  validateHostUsers(spec, faults);
  validateDeadline(spec, faults);
  validateTolerations(spec.tolerations, faults);
  validateNames(spec, faults);
  validatePolicies(spec, faults);
  validateOverhead(spec.overhead, faults);
}

function validateResourceClaims({ resourceClaims, raw }: PodSpec, faults: Faults): void {
  if (resourceClaims.length === 0) return;
  const seen = new Set<string>();
  for (const [index, name] of resourceClaims.entries()) {
    const field = `resourceClaims[${index}]`;
    if (name === '') faults.required(`${field}.name`);
    else if (seen.has(name)) faults.duplicate(`${field}.name`, name);
    else faults.invalidForEach(`${field}.name`, name, dnsLabelFaults(name));
    seen.add(name);
    const claim = Array.isArray(raw.resourceClaims) ? raw.resourceClaims[index] : undefined;
    if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) continue;
    const { resourceClaimName = null, resourceClaimTemplateName = null } = claim;
    if (resourceClaimName !== null && resourceClaimTemplateName !== null) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      faults.invalid(field, claim, detail);
    } else if (resourceClaimName === null && resourceClaimTemplateName === null) {
      faults.invalid(field, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    }
  }
}

function validateGates({ schedulingGates, raw }: PodSpec, faults: Faults): void {
  for (let index = 0; index < schedulingGates.length; index++) {
    const gate = schedulingGates[index]!;
    faults.invalidForEach(`schedulingGates[${index}]`, gate, qualifiedNameFaults(gate));
    if (schedulingGates.indexOf(gate) < index) faults.duplicate(`schedulingGates[${index}]`, gate);
  }
  if (!Array.isArray(raw.readinessGates)) return;
  for (const [index, gate] of raw.readinessGates.entries()) {
    if (typeof gate !== 'object' || gate === null || Array.isArray(gate)) continue;
    const type = typeof gate.conditionType === 'string' ? gate.conditionType : '';
    faults.invalidForEach(`readinessGates[${index}].conditionType`, type, qualifiedNameFaults(type));
  }
}

/** A pod in its own user namespace cannot share the host's other namespaces. */
function validateHostUsers({ hostUsers, hostNetwork, raw }: PodSpec, faults: Faults): void {
  if (hostUsers !== false) return;
  const detail = 'when `pod.Spec.HostUsers` is false';
  if (hostNetwork) faults.forbidden('hostNetwork', detail);
  if (raw.hostPID === true) faults.forbidden('HostPID', detail);
  if (raw.hostIPC === true) faults.forbidden('HostIPC', detail);
}

function validateDeadline({ activeDeadlineSeconds }: PodSpec, faults: Faults): void {
  if (activeDeadlineSeconds === undefined) return;
  if (activeDeadlineSeconds < 1 || activeDeadlineSeconds > maxInt32) {
    const detail = `must be between 1 and ${maxInt32}, inclusive`;
    faults.invalid('activeDeadlineSeconds', activeDeadlineSeconds, detail);
  }
}

function validateNames(spec: PodSpec, faults: Faults): void {
  validateName('serviceAccountName', text(spec.raw.serviceAccountName), dnsSubdomainFaults, faults);
  validateName('nodeName', spec.nodeName, dnsSubdomainFaults, faults);
  validateName('hostname', text(spec.raw.hostname), dnsLabelFaults, faults);
  validateName('subdomain', text(spec.raw.subdomain), dnsLabelFaults, faults);
  validateName('priorityClassName', spec.priorityClassName, dnsSubdomainFaults, faults);
  if (spec.runtimeClassName !== undefined) {
    faults.invalidForEach('runtimeClassName', spec.runtimeClassName, dnsSubdomainFaults(spec.runtimeClassName));
  }
}

/** '' is absent. */
function validateName(field: string, name: string, rule: NameRule, faults: Faults): void {
  if (name !== '') faults.invalidForEach(field, name, rule(name));
}

function validatePolicies({ preemptionPolicy, os, raw }: PodSpec, faults: Faults): void {
  if (preemptionPolicy === '') faults.required('preemptionPolicy');
  else if (preemptionPolicy !== undefined && !preemptionPolicies.includes(preemptionPolicy)) {
    faults.notSupported('preemptionPolicy', preemptionPolicy, preemptionPolicies);
  }
  const dnsPolicy = text(raw.dnsPolicy);
  if (dnsPolicy !== '' && !dnsPolicies.includes(dnsPolicy)) faults.notSupported('dnsPolicy', dnsPolicy, dnsPolicies);
  if (os === '') faults.required('os.name');
  else if (os !== undefined && !osNames.includes(os)) faults.notSupported('os', os, osNames);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
