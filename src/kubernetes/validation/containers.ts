/** App, init and ephemeral containers (SEMANTICS 4.2 to 4.4). */
import { isSidecar } from '../effective.js';
import { Faults } from '../faults.js';
import { KnownContainer } from '../known-containers.js';
import { isJsonObject } from '../read-common.js';
import { readPodSpec } from '../read-pod.js';
import type { Container, EphemeralContainer, Json, PodSpec, Volume } from '../types.js';
import { validateEnv, validateEnvFrom } from './env.js';
import { areMountable, validateMounts } from './mounts.js';
import { dnsLabelFaults } from './names.js';
import { validateHostPortsUnique, validatePorts } from './ports.js';
import { validateProbesAndLifecycle } from './probes.js';
import { objectsOf, textOf } from './raw.js';
import { validateContainerResources } from './resources.js';
import { validateInitResizePolicy, validateResizePolicy, validateRestartPolicy } from './restart-policy.js';
import { validateContainerSecurityContext } from './security-context.js';
import { Seen } from './seen.js';

const onlyForSidecars = 'may not be set for init containers without restartPolicy=Always';
const notForEphemeral = 'cannot be set for an Ephemeral Container';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

/** What the checks of a container need to know of its pod. */
interface PodOfContainers {
  readonly spec: PodSpec;
  /** Those that are in order. */
  readonly volumes: readonly Volume[];
  /** Set when a variable of a container reads a file of a volume. */
  readsFiles: boolean;
}

/**
 * All containers of a pod or template, at the position of `spec`.
 * @param volumes those that are in order
 * @returns whether a variable reads a file of a volume, which the volumes must then allow
 */
export function validateContainers(spec: PodSpec, volumes: readonly Volume[], faults: Faults): boolean {
  const pod: PodOfContainers = { spec, volumes, readsFiles: false };
  const names = new Seen();
  if (spec.containers.length === 0) faults.required('containers');
  faults.enter('containers');
  for (let index = 0; index < spec.containers.length; index++) {
    const container = spec.containers[index]!;
    const known = isInOrder(container, volumes);
    faults.enter(index);
    if (!known) validateContainer(container, pod, faults);
    validateUnique(container.name, names, faults);
    if (!known) {
      validateProbesAndLifecycle(container, spec.terminationGracePeriodSeconds, faults);
      validateRestartPolicy(container, faults);
    }
    faults.leave();
  }
  validateHostPortsUnique(spec.containers, faults);
  faults.leave();
  if (spec.initContainers.length > 0) validateInitContainers(pod, names, faults);
  if (spec.ephemeralContainers.length > 0) validateEphemeralContainers(pod, names, faults);
  return pod.readsFiles;
}

/** Whether a container met before is known to be in order, and all that it mounts is there. */
function isInOrder(container: Container, volumes: readonly Volume[]): boolean {
  return KnownContainer.isInOrder(container, isInOrderAnywhere) && areMountable(container.raw, volumes);
}

/** Whether there is neither a fault in it nor anything to warn of, whatever pod it is in, if that has the volumes. */
function isInOrderAnywhere(container: Container): boolean {
  const { resources, resizePolicy, lifecycle, raw } = container;
  // These depend on the pod.
  if (resources.claims.length > 0 || resizePolicy !== undefined || raw.volumeDevices !== undefined) return false;
  if (isJsonObject(raw.securityContext) && raw.securityContext.procMount !== undefined) return false;
  if (lifecycle !== undefined && (hasSleep(lifecycle.postStart) || hasSleep(lifecycle.preStop))) return false;
  const volumes = objectsOf(raw.volumeMounts).map((mount): Volume => {
    return { name: textOf(mount.name), source: 'emptyDir', raw: mount };
  });
  const pod = { spec: containersOnly, volumes, readsFiles: false };
  const trial = new Faults();
  validateContainer(container, pod, trial);
  validateProbesAndLifecycle(container, 0, trial);
  validateRestartPolicy(container, trial);
  return trial.isEmpty() && !pod.readsFiles;
}

const containersOnly = readPodSpec({}, '', new Faults());

function hasSleep(hook: Json | undefined): boolean {
  return isJsonObject(hook) && hook.sleep !== undefined;
}

function validateUnique(name: string, names: Seen, faults: Faults): void {
  if (names.has(name)) faults.duplicate('name', name);
  else names.add(name);
}

function validateInitContainers(pod: PodOfContainers, names: Seen, faults: Faults): void {
  const { spec } = pod;
  faults.enter('initContainers');
  for (let index = 0; index < spec.initContainers.length; index++) {
    const container = spec.initContainers[index]!;
    const known = isInOrder(container, pod.volumes);
    faults.enter(index);
    if (!known) {
      validateContainer(container, pod, faults);
      validateRestartPolicy(container, faults);
    }
    if (container.name !== '' || names.has('')) validateUnique(container.name, names, faults);
    faults.leave();
    // One at a time: init containers run one after another. The index in the path is therefore always 0, as upstream's.
    if (container.ports.length > 1) validateHostPortsUnique([container], faults);
    faults.enter(index);
    if (isSidecar(container)) {
      if (!known) validateProbesAndLifecycle(container, spec.terminationGracePeriodSeconds, faults);
    } else {
      if (container.lifecycle !== undefined) faults.forbidden('lifecycle', onlyForSidecars);
      if (container.livenessProbe !== undefined) faults.forbidden('livenessProbe', onlyForSidecars);
      if (container.readinessProbe !== undefined) faults.forbidden('readinessProbe', onlyForSidecars);
      if (container.startupProbe !== undefined) faults.forbidden('startupProbe', onlyForSidecars);
      if (container.resizePolicy) validateInitResizePolicy(container.resizePolicy, faults);
    }
    faults.leave();
  }
  faults.leave();
}

/** What every container has: a name, an image, ports, resources and so on, at its position. */
function validateContainer(container: Container, pod: PodOfContainers, faults: Faults): void {
  const { name, image, raw } = container;
  const { spec } = pod;
  if (name === '') faults.required('name');
  else faults.invalidForEach('name', name, dnsLabelFaults(name));
  if (image === '') faults.required('image');
  validateOneOf(raw.terminationMessagePolicy, 'terminationMessagePolicy', messagePolicies, faults);
  validatePorts(container, faults);
  if (Array.isArray(raw.env) && validateEnv(raw.env, faults)) pod.readsFiles = true;
  if (Array.isArray(raw.envFrom)) validateEnvFrom(raw.envFrom, faults);
  validateMounts(container, pod.volumes, faults);
  validateOneOf(raw.imagePullPolicy, 'imagePullPolicy', pullPolicies, faults);
  validateContainerResources(container, spec.resourceClaims, faults);
  if (container.resizePolicy) validateResizePolicy(container.resizePolicy, spec.restartPolicy, faults);
  if (raw.securityContext !== undefined) {
    validateContainerSecurityContext(raw.securityContext, spec.hostUsers ?? true, faults);
  }
}

/** Images of a pod's containers; a template may have one that is filled in later, such as ' '. At the position of `spec`. */
export function validateImages({ containers, initContainers }: PodSpec, faults: Faults): void {
  validateImagesOf(containers, 'containers', faults);
  if (initContainers.length > 0) validateImagesOf(initContainers, 'initContainers', faults);
}

function validateImagesOf(containers: readonly Container[], list: string, faults: Faults): void {
  for (let index = 0; index < containers.length; index++) {
    const { image } = containers[index]!;
    if (isPadded(image)) faults.invalid(`${list}[${index}].image`, image, padded);
  }
}

const padded = 'must not have leading or trailing whitespace';

/** White space before or after; between plain characters there is none to look for. */
function isPadded(text: string): boolean {
  if (text === '') return false;
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

/** What an ephemeral container may not have, in the order of the type. */
const fieldsNotForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
];

function validateEphemeralContainers(pod: PodOfContainers, names: Seen, faults: Faults): void {
  const { spec } = pod;
  const others = new Set([...spec.containers, ...spec.initContainers].map(({ name }) => name));
  faults.enter('ephemeralContainers');
  for (let index = 0; index < spec.ephemeralContainers.length; index++) {
    const container = spec.ephemeralContainers[index]!;
    faults.enter(index);
    validateContainer(container, pod, faults);
    if (isPadded(container.image)) faults.invalid('image', container.image, padded);
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
  for (const field of fieldsNotForEphemeral) if (isSet(raw[field], field)) faults.forbidden(field, notForEphemeral);
  if (!Array.isArray(raw.volumeMounts)) return;
  for (const [index, mount] of raw.volumeMounts.entries()) {
    if (!isJsonObject(mount)) continue;
    for (const field of ['subPath', 'subPathExpr']) {
      if (isSet(mount[field])) faults.forbidden(`volumeMounts[${index}].${field}`, notForEphemeral);
    }
  }
}

/** Whether decoding gives something other than the zero value; `resources: {}` and `ports: null` do not. */
function isSet(value: Json | undefined, field = ''): boolean {
  if (value === undefined || value === null || (value === '' && field !== 'restartPolicy')) return false;
  return field !== 'resources' || !isJsonObject(value) || Object.keys(value).length > 0;
}
