/** Containers of every sort: init containers (sidecars included), app containers, ephemeral containers. */
import { Faults } from './faults.js';
import { knownContainer, rememberContainer } from './known-containers.js';
import { knownRequirements, rememberRequirements } from './known-requirements.js';
import { containerSchema, lifecycleSchema, probeSchema } from './pod-schema.js';
import {
  isJsonObject,
  noResources,
  readInt32,
  readInt64,
  readList,
  readObject,
  readOptionalString,
  readResourceList,
  readString,
} from './read-common.js';
import { checkFields, checkType, checkUnknown, list, object, readElsewhere } from './schema.js';
import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  Json,
  JsonObject,
  Probe,
  ResourceRequirements,
} from './types.js';

type RestartPolicyRule = NonNullable<Container['restartPolicyRules']>[number];
type ResizePolicy = NonNullable<Container['resizePolicy']>[number];

const portSchema = object(readElsewhere('name', 'containerPort', 'hostPort', 'hostIP', 'protocol'));
const resourcesSchema = object(readElsewhere('requests', 'limits', 'claims'));
const claimSchema = object(readElsewhere('name', 'request'));
const resizePolicySchema = object(readElsewhere('resourceName', 'restartPolicy'));
const ruleSchema = object(readElsewhere('action', 'exitCodes'));
const exitCodesSchema = object(readElsewhere('operator', 'values'));
const exitCodeValues = list('int32');

export const noRequirements: ResourceRequirements = Object.freeze({
  requests: noResources,
  limits: noResources,
  claims: Object.freeze([]),
});

/** One of `spec.containers`, `spec.initContainers`, at the position of `faults`. */
export function readContainer(item: JsonObject, faults: Faults): Container {
  const known = knownContainer(item);
  if (known !== undefined) return known;
  const { reports } = faults;
  const read = readMembers(item, faults);
  return faults.unknownFields !== null && faults.reports === reports ? rememberContainer(item, read) : read;
}

function readMembers(item: JsonObject, faults: Faults): Container {
  checkFields(item, containerSchema, faults);
  return {
    name: readString(item.name, 'name', faults),
    image: readString(item.image, 'image', faults),
    resources: readResourceRequirements(item.resources, 'resources', faults) ?? noRequirements,
    restartPolicy: readOptionalString(item.restartPolicy, 'restartPolicy', faults),
    restartPolicyRules: item.restartPolicyRules
      ? readList(item.restartPolicyRules, 'restartPolicyRules', faults, readRestartPolicyRule)
      : undefined,
    ports: readList(item.ports, 'ports', faults, readContainerPort),
    livenessProbe: readProbe(item.livenessProbe, 'livenessProbe', faults),
    readinessProbe: readProbe(item.readinessProbe, 'readinessProbe', faults),
    startupProbe: readProbe(item.startupProbe, 'startupProbe', faults),
    lifecycle: readLifecycle(item.lifecycle, faults),
    resizePolicy: item.resizePolicy ? readList(item.resizePolicy, 'resizePolicy', faults, readResizePolicy) : undefined,
    raw: item,
  };
}

/** One of `spec.ephemeralContainers`. */
export function readEphemeralContainer(item: JsonObject, faults: Faults): EphemeralContainer {
  const container = readContainer(item, faults);
  return {
    ...container,
    targetContainerName: readOptionalString(item.targetContainerName, 'targetContainerName', faults),
  };
}

/** undefined when absent: for `spec.resources` that is not the same as empty. */
export function readResourceRequirements(
  value: Json | undefined,
  field: string,
  faults: Faults,
): ResourceRequirements | undefined {
  const resources = readObject(value, field, faults);
  if (resources === undefined) return undefined;
  const known = knownRequirements(resources);
  if (known !== undefined) return known;
  const trial = new Faults({ unknownFields: true });
  const read = readRequirements(resources, trial);
  if (trial.isEmpty()) {
    if (read.claims.length === 0) rememberRequirements(resources, read);
    return read;
  }
  // Again, for what is to be said of it.
  faults.enter(field);
  readRequirements(resources, faults);
  faults.leave();
  return read;
}

function readRequirements(resources: JsonObject, faults: Faults): ResourceRequirements {
  checkUnknown(resources, resourcesSchema, faults);
  return {
    requests: readResourceList(resources.requests, 'requests', faults),
    limits: readResourceList(resources.limits, 'limits', faults),
    claims: readList(resources.claims, 'claims', faults, readClaim),
  };
}

function readClaim(item: JsonObject, faults: Faults): string {
  checkUnknown(item, claimSchema, faults);
  readString(item.request, 'request', faults);
  return readString(item.name, 'name', faults);
}

function readContainerPort(item: JsonObject, faults: Faults): ContainerPort {
  checkUnknown(item, portSchema, faults);
  return {
    name: readString(item.name, 'name', faults) || undefined,
    containerPort: readInt32(item.containerPort, 'containerPort', faults) ?? 0,
    hostPort: readInt32(item.hostPort, 'hostPort', faults) ?? 0,
    hostIP: readString(item.hostIP, 'hostIP', faults),
    protocol: readString(item.protocol, 'protocol', faults) || 'TCP',
  };
}

/** Zero means the default, as everywhere in Kubernetes' defaulting. */
function readProbe(value: Json | undefined, field: string, faults: Faults): Probe | undefined {
  const probe = readObject(value, field, faults);
  if (probe === undefined) return undefined;
  faults.enter(field);
  checkFields(probe, probeSchema, faults);
  const read: Probe = {
    initialDelaySeconds: readInt32(probe.initialDelaySeconds, 'initialDelaySeconds', faults) ?? 0,
    timeoutSeconds: readInt32(probe.timeoutSeconds, 'timeoutSeconds', faults) || 1,
    periodSeconds: readInt32(probe.periodSeconds, 'periodSeconds', faults) || 10,
    successThreshold: readInt32(probe.successThreshold, 'successThreshold', faults) || 1,
    failureThreshold: readInt32(probe.failureThreshold, 'failureThreshold', faults) || 3,
    terminationGracePeriodSeconds: readInt64(
      probe.terminationGracePeriodSeconds,
      'terminationGracePeriodSeconds',
      faults,
    ),
    raw: probe,
  };
  faults.leave();
  return read;
}

function readLifecycle(value: Json | undefined, faults: Faults): JsonObject | undefined {
  checkType(value, 'lifecycle', lifecycleSchema, faults);
  return isJsonObject(value) ? value : undefined;
}

function readResizePolicy(item: JsonObject, faults: Faults): ResizePolicy {
  checkUnknown(item, resizePolicySchema, faults);
  return {
    resourceName: readString(item.resourceName, 'resourceName', faults),
    restartPolicy: readString(item.restartPolicy, 'restartPolicy', faults),
  };
}

function readRestartPolicyRule(item: JsonObject, faults: Faults): RestartPolicyRule {
  checkUnknown(item, ruleSchema, faults);
  const exitCodes = readObject(item.exitCodes, 'exitCodes', faults);
  const action = readString(item.action, 'action', faults);
  if (exitCodes === undefined) return { action };
  faults.enter('exitCodes');
  checkUnknown(exitCodes, exitCodesSchema, faults);
  const operator = readString(exitCodes.operator, 'operator', faults);
  const values: number[] = [];
  checkType(exitCodes.values, 'values', exitCodeValues, faults);
  if (Array.isArray(exitCodes.values)) for (const code of exitCodes.values) values.push(Number(code));
  faults.leave();
  return { action, exitCodes: { operator, values } };
}
