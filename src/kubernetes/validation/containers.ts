/** App, init and ephemeral containers (SEMANTICS 4.2 to 4.4). */
import { isSidecar } from '../effective.js';
import type { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import type { Container, EphemeralContainer, Json, JsonObject, PodSpec } from '../types.js';
import { dnsLabelFaults, envNameFaults } from './names.js';
import { validateHostPortsUnique, validatePorts } from './ports.js';
import { validateProbesAndLifecycle } from './probes.js';
import { validateContainerResources } from './resources.js';
import { Seen } from './seen.js';
import { validateMounts } from './volumes.js';

const onlyForSidecars = 'may not be set for init containers without restartPolicy=Always';
const notForEphemeral = 'cannot be set for an Ephemeral Container';

const restartPolicies = ['Always', 'Never', 'OnFailure'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];
const resizePolicies = ['NotRequired', 'RestartContainer'];
const resizableResources = ['cpu', 'memory'];

/** All containers of a pod or template, at the position of `spec`. */
export function validateContainers(spec: PodSpec, isTemplate: boolean, faults: Faults): void {
  const names = new Seen();
  if (spec.containers.length === 0) faults.required('containers');
  faults.enter('containers');
  for (let index = 0; index < spec.containers.length; index++) {
    const container = spec.containers[index]!;
    faults.enter(index);
    validateContainer(container, spec, isTemplate, faults);
    validateProbesAndLifecycle(container, spec.terminationGracePeriodSeconds, faults);
    validateUnique(container.name, names, faults);
    faults.leave();
  }
  validateHostPortsUnique(spec.containers, faults);
  faults.leave();
  if (spec.initContainers.length > 0) validateInitContainers(spec, names, isTemplate, faults);
  if (spec.ephemeralContainers.length > 0) validateEphemeralContainers(spec, names, faults);
}

function validateUnique(name: string, names: Seen, faults: Faults): void {
  if (names.has(name)) faults.duplicate('name', name);
  else if (name !== '') names.add(name);
}

function validateInitContainers(spec: PodSpec, names: Seen, isTemplate: boolean, faults: Faults): void {
  faults.enter('initContainers');
  for (let index = 0; index < spec.initContainers.length; index++) {
    const container = spec.initContainers[index]!;
    faults.enter(index);
    validateContainer(container, spec, isTemplate, faults);
    validateUnique(container.name, names, faults);
    if (isSidecar(container)) {
      validateProbesAndLifecycle(container, spec.terminationGracePeriodSeconds, faults);
    } else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[field] !== undefined) faults.forbidden(field, onlyForSidecars);
      }
      if (container.resizePolicy?.some(({ restartPolicy }) => restartPolicy === 'RestartContainer')) {
        const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        faults.invalid('resizePolicy', 'RestartContainer', detail);
      }
    }
    faults.leave();
    // One at a time: init containers run one after another. The index in the path is therefore always 0, as upstream's.
    if (container.ports.length > 1) validateHostPortsUnique([container], faults);
  }
  faults.leave();
}

/** What every container has: a name, an image, ports, resources and so on, at its position. */
function validateContainer(container: Container, spec: PodSpec, isTemplate: boolean, faults: Faults): void {
  const { name, image, raw } = container;
  if (name === '') faults.required('name');
  else faults.invalidForEach('name', name, dnsLabelFaults(name));
  if (image === '') faults.required('image');
  else if (!isTemplate && isPadded(image)) {
    faults.invalid('image', image, 'must not have leading or trailing whitespace');
  }
  validateOneOf(raw.terminationMessagePolicy, 'terminationMessagePolicy', messagePolicies, faults);
  validateOneOf(raw.imagePullPolicy, 'imagePullPolicy', pullPolicies, faults);
  validatePorts(container, faults);
  if (Array.isArray(raw.env)) validateEnv(raw.env, faults);
  validateMounts(container, spec.volumes, faults);
  validateContainerResources(container.resources, spec.resourceClaims, faults);
  if (container.resizePolicy) validateResizePolicy(container.resizePolicy, spec.restartPolicy, faults);
  validateRestartPolicy(container, faults);
}

/** White space before or after; between plain characters there is none to look for. */
function isPadded(text: string): boolean {
  return !(isPlain(text.charCodeAt(0)) && isPlain(text.charCodeAt(text.length - 1))) && text !== text.trim();
}

function isPlain(code: number): boolean {
  return code > 32 && code < 127;
}

/** A member that has a default: absent and '' are fine. */
function validateOneOf(value: Json | undefined, field: string, supported: readonly string[], faults: Faults): void {
  if (typeof value === 'string' && value !== '' && !supported.includes(value)) {
    faults.notSupported(field, value, supported);
  }
}

const envSources = new Set(['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef']);

function validateEnv(env: readonly Json[], faults: Faults): void {
  faults.enter('env');
  for (let index = 0; index < env.length; index++) {
    const item = env[index];
    const variable = isJsonObject(item) ? item : {};
    faults.enter(index);
    if (typeof variable.name !== 'string' || variable.name === '') faults.required('name');
    else faults.invalidForEach('name', variable.name, envNameFaults(variable.name));
    if (isJsonObject(variable.valueFrom)) validateEnvSource(variable, variable.valueFrom, faults);
    faults.leave();
  }
  faults.leave();
}

function validateEnvSource(variable: JsonObject, valueFrom: JsonObject, faults: Faults): void {
  let sources = 0;
  for (const key in valueFrom) if (envSources.has(key) && isJsonObject(valueFrom[key])) sources++;
  if (sources === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    faults.invalid('valueFrom', '', detail);
  } else if (typeof variable.value === 'string' && variable.value !== '') {
    faults.invalid('valueFrom', '', 'may not be specified when `value` is not empty');
  } else if (sources > 1) {
    faults.invalid('valueFrom', '', 'may not have more than one field specified at a time');
  }
}

function validateResizePolicy(
  policies: NonNullable<Container['resizePolicy']>,
  podRestartPolicy: string,
  faults: Faults,
): void {
  const seen = new Seen();
  for (const [index, { resourceName, restartPolicy }] of policies.entries()) {
    if (seen.has(resourceName)) faults.duplicate(`resizePolicy[${index}]`, resourceName);
    seen.add(resourceName);
    if (resourceName === '') faults.required('resizePolicy');
    else if (!resizableResources.includes(resourceName)) {
      faults.notSupported('resizePolicy', resourceName, resizableResources);
    }
    if (restartPolicy === '') faults.required('resizePolicy');
    else if (!resizePolicies.includes(restartPolicy)) {
      faults.notSupported('resizePolicy', restartPolicy, resizePolicies);
    }
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      faults.invalid('resizePolicy', restartPolicy, detail);
    }
  }
}

/** The container's own restart policy and its rules (ContainerRestartRules, on by default since 1.35). */
function validateRestartPolicy({ restartPolicy, restartPolicyRules }: Container, faults: Faults): void {
  if (restartPolicy !== undefined && !restartPolicies.includes(restartPolicy)) {
    faults.notSupported('restartPolicy', restartPolicy, restartPolicies);
  }
  if (restartPolicyRules === undefined || restartPolicyRules.length === 0) return;
  if (restartPolicy === undefined) {
    faults.required('restartPolicy', 'must specify restartPolicy when restart rules are used');
  }
  if (restartPolicyRules.length > 20) faults.tooMany('restartPolicyRules', restartPolicyRules.length, 20);
  for (const [index, { action, exitCodes }] of restartPolicyRules.entries()) {
    const field = `restartPolicyRules[${index}]`;
    if (action !== 'Restart') faults.notSupported(`${field}.action`, action ?? '', ['Restart']);
    if (exitCodes === undefined) {
      faults.required(`${field}.exitCodes`, 'must be specified');
      continue;
    }
    if (exitCodes.operator !== 'In' && exitCodes.operator !== 'NotIn') {
      faults.notSupported(`${field}.exitCodes.operator`, exitCodes.operator ?? '', ['In', 'NotIn']);
    }
    const codes = exitCodes.values?.length ?? 0;
    if (codes > 255) faults.tooMany(`${field}.exitCodes.values`, codes, 255);
  }
}

/** What an ephemeral container may not have, as a member of the manifest. */
const fieldsNotForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'lifecycle',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
];

function validateEphemeralContainers(spec: PodSpec, names: Seen, faults: Faults): void {
  const others = new Set([...spec.containers, ...spec.initContainers].map(({ name }) => name));
  faults.enter('ephemeralContainers');
  for (let index = 0; index < spec.ephemeralContainers.length; index++) {
    const container = spec.ephemeralContainers[index]!;
    faults.enter(index);
    validateContainer(container, spec, false, faults);
    validateUnique(container.name, names, faults);
    const { targetContainerName } = container;
    if (targetContainerName !== undefined && targetContainerName !== '' && !others.has(targetContainerName)) {
      faults.notFound('targetContainerName', targetContainerName);
    }
    validateEphemeralFields(container, faults);
    faults.leave();
  }
  faults.leave();
}

function validateEphemeralFields({ raw }: EphemeralContainer, faults: Faults): void {
  for (const field of fieldsNotForEphemeral) if (isSet(raw[field])) faults.forbidden(field, notForEphemeral);
  if (!Array.isArray(raw.volumeMounts)) return;
  for (const [index, mount] of raw.volumeMounts.entries()) {
    if (!isJsonObject(mount)) continue;
    for (const field of ['subPath', 'subPathExpr']) {
      if (isSet(mount[field])) faults.forbidden(`volumeMounts[${index}].${field}`, notForEphemeral);
    }
  }
}

/** Whether decoding gives something other than the zero value; `resources: {}` and `ports: null` do not. */
function isSet(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}
