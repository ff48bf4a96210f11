/**
 * A Node from its manifest (SEMANTICS 4.10; upstream `ValidateNode`). The scheduler looks at `status.allocatable` alone,
 * which is `status.capacity` when the manifest has none.
 */
import type { Faults } from './faults.js';
import {
  noResources,
  readBoolean,
  readInt64,
  readList,
  readObject,
  readString,
  readStringList,
} from './read-common.js';
import { readObjectMeta } from './read-meta.js';
import { readAmounts } from './read-policies.js';
import type { Schema } from './schema.js';
import { checkField, list, object } from './schema.js';
import type { Condition, JsonObject, Node, NodeImage, ResourceList, Taint } from './types.js';

const topSchema = object({ apiVersion: 'string', kind: 'string' });
const specSchema = object({
  podCIDR: 'string',
  podCIDRs: list('string'),
  providerID: 'string',
  configSource: 'any',
  externalID: 'string',
});
const statusSchema = object({
  phase: 'string',
  addresses: list(object({ type: 'string', address: 'string' })),
  daemonEndpoints: 'any',
  nodeInfo: 'any',
  volumesInUse: list('string'),
  volumesAttached: 'any',
  config: 'any',
  runtimeHandlers: 'any',
  features: 'any',
});
const taintSchema = object({ timeAdded: 'string' });
const conditionSchema = object({
  lastHeartbeatTime: 'string',
  lastProbeTime: 'string',
  lastTransitionTime: 'string',
  observedGeneration: 'int64',
} satisfies Record<string, Schema>);

/** Reads, and collects what the decoder would refuse; `validateNode` says what the API server would. */
export function readNode(manifest: JsonObject, faults: Faults): Node {
  for (const key in manifest) {
    if (key !== 'metadata' && key !== 'spec' && key !== 'status') checkField(manifest[key], key, topSchema, faults);
  }
  const metadata = readObjectMeta(manifest['metadata'], 'metadata', faults);
  return {
    kind: 'Node',
    // Older exports carry a namespace here and there; a node has none.
    metadata: metadata.namespace === '' ? metadata : { ...metadata, namespace: '' },
    spec: readSpec(readObject(manifest['spec'], 'spec', faults) ?? {}, faults),
    status: readStatus(readObject(manifest['status'], 'status', faults) ?? {}, faults),
  };
}

function readSpec(spec: JsonObject, faults: Faults): Node['spec'] {
  let unschedulable = false;
  let taints: readonly Taint[] = [];
  faults.enter('spec');
  for (const key in spec) {
    const member = spec[key];
    if (key === 'unschedulable') unschedulable = readBoolean(member, key, faults);
    else if (key === 'taints') taints = readList(member, key, faults, readTaint);
    else checkField(member, key, specSchema, faults);
  }
  faults.leave();
  return { unschedulable, taints };
}

function readTaint(item: JsonObject, faults: Faults): Taint {
  let key = '';
  let value = '';
  let effect = '';
  for (const member in item) {
    if (member === 'key') key = readString(item[member], member, faults);
    else if (member === 'value') value = readString(item[member], member, faults);
    else if (member === 'effect') effect = readString(item[member], member, faults);
    else checkField(item[member], member, taintSchema, faults);
  }
  return { key, value, effect };
}

function readStatus(status: JsonObject, faults: Faults): Node['status'] {
  let capacity = noResources;
  let allocatable: ResourceList | undefined;
  let images: readonly NodeImage[] = [];
  let declaredFeatures: readonly string[] = [];
  let conditions: readonly Condition[] = [];
  faults.enter('status');
  for (const key in status) {
    const member = status[key];
    if (key === 'capacity') capacity = readAmounts(member, key, faults);
    else if (key === 'allocatable') {
      if (member !== null && member !== undefined) allocatable = readAmounts(member, key, faults);
    } else if (key === 'images') images = readList(member, key, faults, readImage);
    else if (key === 'declaredFeatures') declaredFeatures = readStringList(member, key, faults);
    else if (key === 'conditions') conditions = readList(member, key, faults, readCondition);
    else checkField(member, key, statusSchema, faults);
  }
  faults.leave();
  return { capacity, allocatable: allocatable ?? capacity, images, declaredFeatures, conditions };
}

function readImage(item: JsonObject, faults: Faults): NodeImage {
  return {
    names: readStringList(item['names'], 'names', faults),
    sizeBytes: readInt64(item['sizeBytes'], 'sizeBytes', faults) ?? 0,
  };
}

export function readCondition(item: JsonObject, faults: Faults): Condition {
  let type = '';
  let status = '';
  let reason = '';
  let message = '';
  for (const key in item) {
    if (key === 'type') type = readString(item[key], key, faults);
    else if (key === 'status') status = readString(item[key], key, faults);
    else if (key === 'reason') reason = readString(item[key], key, faults);
    else if (key === 'message') message = readString(item[key], key, faults);
    else checkField(item[key], key, conditionSchema, faults);
  }
  return { type, status, reason, message };
}

/** What a node's amounts will surprise with: no error, because upstream takes it, and no answer without saying so. */
export function warnOfNode({ status: { allocatable, capacity } }: Node, faults: Faults): void {
  if (!allocatable.has('pods')) faults.warn('status.allocatable[pods]: missing: the node admits no pod at all');
  for (const name of ['cpu', 'memory']) {
    if (!allocatable.has(name)) faults.warn(`status.allocatable[${name}]: missing: the node has no ${name} to give`);
  }
  for (const [name, amount] of allocatable) {
    const whole = capacity.get(name);
    if (whole !== undefined && amount.cmp(whole) > 0) {
      faults.warn(`status.allocatable[${name}]: ${amount.toString()} is more than the capacity of ${whole.toString()}`);
    }
  }
}
