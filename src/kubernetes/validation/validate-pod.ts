/**
 * Validation of pods as the API server does it on create, and of pod templates (pkg/apis/core/validation; SEMANTICS 4).
 * The subject is what a client proposes: read, defaulted (`defaultPod`), and admitted (LimitRange defaults) before. Pods
 * that a real cluster has accepted are not judged again.
 */
import type { Faults } from '../faults.js';
import type { Labels, Pod, PodSpec } from '../types.js';
import { validateAffinity } from './affinity.js';
import { validateContainers, validateImages } from './containers.js';
import { validateDnsConfig, validateDnsPolicy, validateHostAliases } from './dns.js';
import { validateFileKeyVolumes } from './env.js';
import { validateHostUsers } from './host-users.js';
import { validateLabels, validateObjectMeta, validateTemplateMeta, type MetadataRules } from './metadata.js';
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults, type NameRule } from './names.js';
import { validateOs } from './os-rules.js';
import { validatePodAnnotations, validateProfilesAgree } from './pod-annotations.js';
import { validateHostNetworkPorts } from './ports.js';
import { objectsOf, optionalText, textOf } from './raw.js';
import { validateResourceClaims } from './resource-claims.js';
import { validateOverhead, validatePodResources } from './resources.js';
import { validatePodSecurityContext } from './security-context.js';
import { validateTopologySpread } from './spread.js';
import { validateTolerations } from './tolerations.js';
import { validateVolumes } from './volumes.js';
import { validateHostProcesses } from './windows-options.js';

const podMetadata: MetadataRules = { name: dnsSubdomainFaults, namespaced: true };

/**
 * @param pod as `defaultPod` returns it; faults have paths from the manifest's root
 * @param specInOrder whether the spec by itself is known to be in order
 */
export function validatePod(pod: Pod, faults: Faults, specInOrder = false): void {
  validateObjectMeta(pod.metadata, podMetadata, faults);
  faults.enter('metadata');
  validatePodAnnotations(pod, faults);
  faults.leave();
  if (!specInOrder) validateSpec(pod, faults);
  validateProfilesAgree(pod, faults);
}

function validateSpec({ metadata, spec }: Pod, faults: Faults): void {
  faults.enter('spec');
  validatePodSpec(spec, { name: metadata.name, labels: metadata.labels }, faults);
  validateImages(spec, faults);
  if (spec.ephemeralContainers.length > 0) faults.forbidden('ephemeralContainers', 'cannot be set on create');
  if (spec.schedulingGates.length > 0 && spec.nodeName !== '') {
    faults.forbidden('nodeName', 'cannot be set until all schedulingGates have been cleared');
  }
  faults.leave();
}

/**
 * A pod template at the position of `faults`, which the caller has moved to the template (`spec.template`). Labels and
 * annotations are checked (upstream reports them at the template itself), a name is not asked for; the selector and
 * restartPolicy rules of the workload are its own.
 */
export function validatePodTemplate(template: Pod, faults: Faults): void {
  validateTemplateMeta(template.metadata, faults);
  validatePodAnnotations(template, faults);
  faults.enter('spec');
  validatePodSpec(template.spec, undefined, faults);
  faults.leave();
  validateProfilesAgree(template, faults);
  if (template.spec.ephemeralContainers.length > 0) {
    faults.forbidden('spec.ephemeralContainers', 'ephemeral containers not allowed in pod template');
  }
}

/** What the rules of a spec need to know of the pod's metadata; of a template nothing is known. */
interface PodIdentity {
  readonly name: string;
  readonly labels: Labels;
}

const maxInt32 = 2 ** 31 - 1;
const restartPolicies = ['Always', 'OnFailure', 'Never'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

/** In upstream's order, at the position of the spec. */
function validatePodSpec(spec: PodSpec, pod: PodIdentity | undefined, faults: Faults): void {
  const { raw } = spec;
  const volumes = spec.volumes.length === 0 ? spec.volumes : validateVolumes(spec.volumes, pod?.name ?? '', faults);
  validateResourceClaims(spec, faults);
  const readsFiles = validateContainers(spec, volumes, faults);
  validatePodResources(spec, faults);
  if (spec.hostNetwork) validateHostNetworkPorts(spec.containers, pod === undefined, faults);
  if (!restartPolicies.includes(spec.restartPolicy)) {
    faults.notSupported('restartPolicy', spec.restartPolicy, restartPolicies);
  }
  if (raw.dnsPolicy !== undefined) validateDnsPolicy(raw.dnsPolicy, faults);
  validateLabels(spec.nodeSelector, 'nodeSelector', faults);
  if (raw.securityContext !== undefined) validatePodSecurityContext(spec, faults);
  validateAffinity(spec.affinity, pod?.labels, faults);
  if (raw.dnsConfig !== undefined || raw.dnsPolicy === 'None') validateDnsConfig(raw, faults);
  validateGates(spec, faults);
  validateTopologySpread(spec.topologySpreadConstraints, pod?.labels, faults);
  validateHostProcesses(spec, faults);
  if (spec.hostUsers === false) validateHostUsers(spec, faults);
  validateNames(spec, faults);
  validateTolerations(spec.tolerations, faults);
  if (raw.hostAliases !== undefined) validateHostAliases(raw.hostAliases, faults);
  validateClasses(spec, faults);
  validateOverhead(spec.overhead, faults);
  validateOs(spec, faults);
  if (readsFiles) validateFileKeyVolumes(spec, faults);
}

function validateGates({ schedulingGates, raw }: PodSpec, faults: Faults): void {
  if (raw.readinessGates !== undefined) {
    for (const [index, gate] of objectsOf(raw.readinessGates).entries()) {
      const type = textOf(gate.conditionType);
      faults.invalidForEach(`readinessGates[${index}].conditionType`, type, qualifiedNameFaults(type));
    }
  }
  for (let index = 0; index < schedulingGates.length; index++) {
    const gate = schedulingGates[index]!;
    faults.invalidForEach(`schedulingGates[${index}]`, gate, qualifiedNameFaults(gate));
    if (schedulingGates.indexOf(gate) < index) faults.duplicate(`schedulingGates[${index}]`, gate);
  }
}

/** Names of other objects and of the pod itself, and between them, as upstream has it, the deadline. */
function validateNames(spec: PodSpec, faults: Faults): void {
  const { activeDeadlineSeconds, raw } = spec;
  if (raw.hostnameOverride !== undefined) validateHostnameOverride(spec, faults);
  validateName('serviceAccountName', textOf(raw.serviceAccountName), dnsSubdomainFaults, faults);
  validateName('nodeName', spec.nodeName, dnsSubdomainFaults, faults);
  if (activeDeadlineSeconds !== undefined && (activeDeadlineSeconds < 1 || activeDeadlineSeconds > maxInt32)) {
    const detail = `must be between 1 and ${maxInt32}, inclusive`;
    faults.invalid('activeDeadlineSeconds', activeDeadlineSeconds, detail);
  }
  validateName('hostname', textOf(raw.hostname), dnsLabelFaults, faults);
  validateName('subdomain', textOf(raw.subdomain), dnsLabelFaults, faults);
}

/** '' is absent. */
function validateName(field: string, name: string, rule: NameRule, faults: Faults): void {
  if (name !== '') faults.invalidForEach(field, name, rule(name));
}

const longestHostname = 64;

function validateHostnameOverride({ hostNetwork, raw }: PodSpec, faults: Faults): void {
  const name = optionalText(raw.hostnameOverride);
  if (name === undefined) return;
  const field = 'hostnameOverride';
  if (raw.setHostnameAsFQDN === true) {
    faults.forbidden(field, 'may not be specified when setHostnameAsFQDN is true');
  }
  if (hostNetwork) faults.forbidden(field, 'may not be specified when hostNetwork is true');
  if (name.length > longestHostname) faults.tooLong(field, longestHostname);
  faults.invalidForEach(field, name, dnsSubdomainFaults(name));
}

function validateClasses({ priorityClassName, runtimeClassName, preemptionPolicy }: PodSpec, faults: Faults): void {
  validateName('priorityClassName', priorityClassName, dnsSubdomainFaults, faults);
  if (runtimeClassName !== undefined) {
    faults.invalidForEach('runtimeClassName', runtimeClassName, dnsSubdomainFaults(runtimeClassName));
  }
  if (preemptionPolicy === '') faults.required('preemptionPolicy');
  else if (preemptionPolicy !== undefined && !preemptionPolicies.includes(preemptionPolicy)) {
    faults.notSupported('preemptionPolicy', preemptionPolicy, preemptionPolicies);
  }
}
