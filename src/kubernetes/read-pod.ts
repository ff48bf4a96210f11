/**
 * Pods and pod templates from parsed JSON. The reader checks types and parses; the scalar defaults of the API server are
 * in what it returns, those of resources and host ports are `defaultPod`'s (defaulting.ts). Whether the values make sense
 * is validation's question (validation/validate-pod.ts).
 */
import type { Faults } from './faults.js';
import { podSpecSchema, volumeSourceSchema } from './pod-schema.js';
import {
  isJsonObject,
  readBoolean,
  readInt32,
  readInt64,
  readList,
  readObject,
  readOptionalBoolean,
  readOptionalString,
  readResourceList,
  readString,
  readStringMap,
} from './read-common.js';
import { readContainer, readEphemeralContainer, readResourceRequirements } from './read-container.js';
import { readObjectMeta } from './read-meta.js';
import { readAffinity, readToleration, readTopologySpreadConstraint } from './read-scheduling.js';
import { checkFields, checkUnknown, object, readElsewhere } from './schema.js';
import type {
  Condition,
  ContainerStatus,
  Json,
  JsonObject,
  ObjectMeta,
  Pod,
  PodSpec,
  PodStatus,
  Volume,
} from './types.js';

export interface ReadPodOptions {
  /** For a manifest that names none; default `default`. */
  readonly namespace?: string;
  /** Of the manifest, where it is known already. */
  readonly spec?: PodSpec;
}

const podSchema = object(readElsewhere('apiVersion', 'kind', 'metadata', 'spec', 'status'));
const templateSchema = object(readElsewhere('metadata', 'spec'));
const namedSchema = object(readElsewhere('name'));
const resourceClaimSchema = object(readElsewhere('name', 'resourceClaimName', 'resourceClaimTemplateName'));

/** @returns a pod whatever the manifest is; usable only when `faults` has no errors */
export function readPod(manifest: Json, faults: Faults, options: ReadPodOptions = {}): Pod {
  const pod = readObject(manifest, '', faults) ?? {};
  checkUnknown(pod, podSchema, faults);
  return {
    kind: 'Pod',
    metadata: inNamespace(readObjectMeta(pod.metadata, 'metadata', faults), options),
    spec: options.spec ?? readPodSpec(pod.spec, 'spec', faults),
    status: readPodStatus(pod.status, 'status', faults),
  };
}

/**
 * The pod that a `template` member stands for: its labels, annotations and spec, without a name.
 * @param field the template's place, `spec.template` or `spec.jobTemplate.spec.template`
 */
export function readPodTemplateSpec(
  value: Json | undefined,
  field: string,
  faults: Faults,
  options: ReadPodOptions = {},
): Pod {
  const template = readObject(value, field, faults) ?? {};
  faults.enter(field);
  checkUnknown(template, templateSchema, faults);
  const pod: Pod = {
    kind: 'Pod',
    metadata: inNamespace(readObjectMeta(template.metadata, 'metadata', faults), options),
    spec: readPodSpec(template.spec, 'spec', faults),
    status: noStatus,
  };
  faults.leave();
  return pod;
}

function inNamespace(metadata: ObjectMeta, { namespace = 'default' }: ReadPodOptions): ObjectMeta {
  return metadata.namespace === '' ? { ...metadata, namespace } : metadata;
}

export function readPodSpec(value: Json | undefined, field: string, faults: Faults): PodSpec {
  const spec = readObject(value, field, faults) ?? {};
  faults.enter(field);
  checkFields(spec, podSpecSchema, faults);
  const read: PodSpec = {
    containers: readList(spec.containers, 'containers', faults, readContainer),
    initContainers: readList(spec.initContainers, 'initContainers', faults, readContainer),
    ephemeralContainers: readList(spec.ephemeralContainers, 'ephemeralContainers', faults, readEphemeralContainer),
    resources: readResourceRequirements(spec.resources, 'resources', faults),
    overhead: readResourceList(spec.overhead, 'overhead', faults),
    nodeName: readString(spec.nodeName, 'nodeName', faults),
    nodeSelector: readStringMap(spec.nodeSelector, 'nodeSelector', faults),
    affinity: readAffinity(spec.affinity, 'affinity', faults),
    tolerations: readList(spec.tolerations, 'tolerations', faults, readToleration),
    topologySpreadConstraints: readList(
      spec.topologySpreadConstraints,
      'topologySpreadConstraints',
      faults,
      readTopologySpreadConstraint,
    ),
    schedulingGates: readList(spec.schedulingGates, 'schedulingGates', faults, readName),
    schedulerName: readString(spec.schedulerName, 'schedulerName', faults) || 'default-scheduler',
    restartPolicy: readString(spec.restartPolicy, 'restartPolicy', faults) || 'Always',
    hostNetwork: readBoolean(spec.hostNetwork, 'hostNetwork', faults),
    hostUsers: readOptionalBoolean(spec.hostUsers, 'hostUsers', faults),
    activeDeadlineSeconds: readInt64(spec.activeDeadlineSeconds, 'activeDeadlineSeconds', faults),
    terminationGracePeriodSeconds:
      readInt64(spec.terminationGracePeriodSeconds, 'terminationGracePeriodSeconds', faults) ?? 30,
    priorityClassName: readString(spec.priorityClassName, 'priorityClassName', faults),
    priority: readInt32(spec.priority, 'priority', faults),
    preemptionPolicy: readOptionalString(spec.preemptionPolicy, 'preemptionPolicy', faults),
    runtimeClassName: readOptionalString(spec.runtimeClassName, 'runtimeClassName', faults),
    volumes: readList(spec.volumes, 'volumes', faults, readVolume),
    resourceClaims: readList(spec.resourceClaims, 'resourceClaims', faults, readResourceClaim),
    podGroup: readPodGroup(spec, faults),
    os: readOs(spec.os, faults),
    raw: spec,
  };
  faults.leave();
  return read;
}

function readName(item: JsonObject, faults: Faults): string {
  checkUnknown(item, namedSchema, faults);
  return readString(item.name, 'name', faults);
}

function readResourceClaim(item: JsonObject, faults: Faults): string {
  checkUnknown(item, resourceClaimSchema, faults);
  return readString(item.name, 'name', faults);
}

/** A volume without a source is an emptyDir. */
function readVolume(item: JsonObject, faults: Faults): Volume {
  checkFields(item, volumeSourceSchema, faults);
  let source = 'emptyDir';
  for (const key in item) {
    if (key !== 'name' && item[key] !== null && volumeSourceSchema.fields.has(key)) {
      source = key;
      break;
    }
  }
  return { name: readString(item.name, 'name', faults), source, raw: item };
}

/** Membership in a group that is scheduled together: 1.36's `schedulingGroup`, 1.35's `workloadRef`. */
function readPodGroup(spec: JsonObject, faults: Faults): string | undefined {
  const group = readObject(spec.schedulingGroup, 'schedulingGroup', faults);
  if (group) return readString(group.podGroupName, 'schedulingGroup.podGroupName', faults) || undefined;
  const workload = readObject(spec.workloadRef, 'workloadRef', faults);
  return workload && (readString(workload.name, 'workloadRef.name', faults) || undefined);
}

function readOs(value: Json | undefined, faults: Faults): string | undefined {
  const os = readObject(value, 'os', faults);
  return os && readString(os.name, 'os.name', faults);
}

const noStatus: PodStatus = Object.freeze({
  phase: '',
  nominatedNodeName: '',
  conditions: Object.freeze([]),
  containerStatuses: Object.freeze([]),
  initContainerStatuses: Object.freeze([]),
});

function readPodStatus(value: Json | undefined, field: string, faults: Faults): PodStatus {
  const status = readObject(value, field, faults);
  if (status === undefined) return noStatus;
  faults.enter(field);
  const read: PodStatus = {
    phase: readString(status.phase, 'phase', faults),
    nominatedNodeName: readString(status.nominatedNodeName, 'nominatedNodeName', faults),
    startTime: readOptionalString(status.startTime, 'startTime', faults),
    qosClass: readOptionalString(status.qosClass, 'qosClass', faults),
    conditions: readList(status.conditions, 'conditions', faults, readCondition),
    containerStatuses: readList(status.containerStatuses, 'containerStatuses', faults, readContainerStatus),
    initContainerStatuses: readList(status.initContainerStatuses, 'initContainerStatuses', faults, readContainerStatus),
    resources: readResourceRequirements(status.resources, 'resources', faults),
    allocatedResources: readAllocated(status, faults),
  };
  faults.leave();
  return read;
}

export function readCondition(item: JsonObject, faults: Faults): Condition {
  return {
    type: readString(item.type, 'type', faults),
    status: readString(item.status, 'status', faults),
    reason: readString(item.reason, 'reason', faults),
    message: readString(item.message, 'message', faults),
  };
}

function readContainerStatus(item: JsonObject, faults: Faults): ContainerStatus {
  return {
    name: readString(item.name, 'name', faults),
    allocatedResources: readAllocated(item, faults),
    resources: readResourceRequirements(item.resources, 'resources', faults),
  };
}

function readAllocated({ allocatedResources }: JsonObject, faults: Faults): ContainerStatus['allocatedResources'] {
  return isJsonObject(allocatedResources)
    ? readResourceList(allocatedResources, 'allocatedResources', faults)
    : undefined;
}
