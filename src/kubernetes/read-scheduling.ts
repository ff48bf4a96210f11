/** Where a pod wants to run: selectors, affinity, spread, tolerations (SEMANTICS 5.3). */
import type { Faults } from './faults.js';
import {
  readInt32,
  readInt64,
  readList,
  readObject,
  readOptionalString,
  readString,
  readStringList,
  readStringMap,
} from './read-common.js';
import { checkUnknown, object, readElsewhere } from './schema.js';
import type {
  Affinity,
  Json,
  JsonObject,
  LabelSelector,
  LabelSelectorRequirement,
  NodeAffinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PreferredSchedulingTerm,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from './types.js';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

const requirementSchema = object(readElsewhere('key', 'operator', 'values'));
const labelSelectorSchema = object(readElsewhere('matchLabels', 'matchExpressions'));
const nodeSelectorSchema = object(readElsewhere('nodeSelectorTerms'));
const nodeSelectorTermSchema = object(readElsewhere('matchExpressions', 'matchFields'));
const preferredNodeSchema = object(readElsewhere('weight', 'preference'));
const weightedPodSchema = object(readElsewhere('weight', 'podAffinityTerm'));
const podTermSchema = object(
  readElsewhere(
    'labelSelector',
    'topologyKey',
    'namespaces',
    'namespaceSelector',
    'matchLabelKeys',
    'mismatchLabelKeys',
  ),
);
const affinityKindSchema = object(readElsewhere(required, preferred));
const affinitySchema = object(readElsewhere('nodeAffinity', 'podAffinity', 'podAntiAffinity'));
const tolerationSchema = object(readElsewhere('key', 'operator', 'value', 'effect', 'tolerationSeconds'));
const spreadSchema = object(
  readElsewhere(
    'maxSkew',
    'topologyKey',
    'whenUnsatisfiable',
    'labelSelector',
    'minDomains',
    'nodeAffinityPolicy',
    'nodeTaintsPolicy',
    'matchLabelKeys',
  ),
);

function readRequirement(item: JsonObject, faults: Faults): LabelSelectorRequirement {
  checkUnknown(item, requirementSchema, faults);
  return {
    key: readString(item.key, 'key', faults),
    operator: readString(item.operator, 'operator', faults),
    values: readStringList(item.values, 'values', faults),
  };
}

/** null when absent: matches nothing. */
export function readLabelSelector(value: Json | undefined, field: string, faults: Faults): LabelSelector | null {
  const selector = readObject(value, field, faults);
  if (selector === undefined) return null;
  faults.enter(field);
  checkUnknown(selector, labelSelectorSchema, faults);
  const read = {
    matchLabels: readStringMap(selector.matchLabels, 'matchLabels', faults),
    matchExpressions: readList(selector.matchExpressions, 'matchExpressions', faults, readRequirement),
  };
  faults.leave();
  return read;
}

export function readNodeSelectorTerm(item: JsonObject, faults: Faults): NodeSelectorTerm {
  checkUnknown(item, nodeSelectorTermSchema, faults);
  return {
    matchExpressions: readList(item.matchExpressions, 'matchExpressions', faults, readRequirement),
    matchFields: readList(item.matchFields, 'matchFields', faults, readRequirement),
  };
}

/** A required node selector; undefined when absent. Also of a PersistentVolume. */
export function readNodeSelector(
  value: Json | undefined,
  field: string,
  faults: Faults,
): { nodeSelectorTerms: readonly NodeSelectorTerm[] } | undefined {
  const selector = readObject(value, field, faults);
  if (selector === undefined) return undefined;
  faults.enter(field);
  checkUnknown(selector, nodeSelectorSchema, faults);
  const nodeSelectorTerms = readList(selector.nodeSelectorTerms, 'nodeSelectorTerms', faults, readNodeSelectorTerm);
  faults.leave();
  return { nodeSelectorTerms };
}

function readPreferredSchedulingTerm(item: JsonObject, faults: Faults): PreferredSchedulingTerm {
  checkUnknown(item, preferredNodeSchema, faults);
  faults.enter('preference');
  const preference = readNodeSelectorTerm(readObject(item.preference, '', faults) ?? {}, faults);
  faults.leave();
  return { weight: readInt32(item.weight, 'weight', faults) ?? 0, preference };
}

function readNodeAffinity(value: Json | undefined, field: string, faults: Faults): NodeAffinity | undefined {
  const affinity = readObject(value, field, faults);
  if (affinity === undefined) return undefined;
  faults.enter(field);
  checkUnknown(affinity, affinityKindSchema, faults);
  const read = {
    required: readNodeSelector(affinity[required], required, faults),
    preferred: readList(affinity[preferred], preferred, faults, readPreferredSchedulingTerm),
  };
  faults.leave();
  return read;
}

function readPodAffinityTerm(item: JsonObject, faults: Faults): PodAffinityTerm {
  checkUnknown(item, podTermSchema, faults);
  return {
    labelSelector: readLabelSelector(item.labelSelector, 'labelSelector', faults),
    topologyKey: readString(item.topologyKey, 'topologyKey', faults),
    namespaces: readStringList(item.namespaces, 'namespaces', faults),
    namespaceSelector: readLabelSelector(item.namespaceSelector, 'namespaceSelector', faults),
    matchLabelKeys: readStringList(item.matchLabelKeys, 'matchLabelKeys', faults),
    mismatchLabelKeys: readStringList(item.mismatchLabelKeys, 'mismatchLabelKeys', faults),
  };
}

function readWeightedPodAffinityTerm(item: JsonObject, faults: Faults): WeightedPodAffinityTerm {
  checkUnknown(item, weightedPodSchema, faults);
  faults.enter('podAffinityTerm');
  const podAffinityTerm = readPodAffinityTerm(readObject(item.podAffinityTerm, '', faults) ?? {}, faults);
  faults.leave();
  return { weight: readInt32(item.weight, 'weight', faults) ?? 0, podAffinityTerm };
}

function readPodAffinity(value: Json | undefined, field: string, faults: Faults): PodAffinity | undefined {
  const affinity = readObject(value, field, faults);
  if (affinity === undefined) return undefined;
  faults.enter(field);
  checkUnknown(affinity, affinityKindSchema, faults);
  const read = {
    required: readList(affinity[required], required, faults, readPodAffinityTerm),
    preferred: readList(affinity[preferred], preferred, faults, readWeightedPodAffinityTerm),
  };
  faults.leave();
  return read;
}

/** `spec.affinity`; undefined when absent. */
export function readAffinity(value: Json | undefined, field: string, faults: Faults): Affinity | undefined {
  const affinity = readObject(value, field, faults);
  if (affinity === undefined) return undefined;
  faults.enter(field);
  checkUnknown(affinity, affinitySchema, faults);
  const read = {
    nodeAffinity: readNodeAffinity(affinity.nodeAffinity, 'nodeAffinity', faults),
    podAffinity: readPodAffinity(affinity.podAffinity, 'podAffinity', faults),
    podAntiAffinity: readPodAffinity(affinity.podAntiAffinity, 'podAntiAffinity', faults),
  };
  faults.leave();
  return read;
}

export function readToleration(item: JsonObject, faults: Faults): Toleration {
  checkUnknown(item, tolerationSchema, faults);
  return {
    key: readString(item.key, 'key', faults),
    operator: readString(item.operator, 'operator', faults),
    value: readString(item.value, 'value', faults),
    effect: readString(item.effect, 'effect', faults),
    tolerationSeconds: readInt64(item.tolerationSeconds, 'tolerationSeconds', faults),
  };
}

export function readTopologySpreadConstraint(item: JsonObject, faults: Faults): TopologySpreadConstraint {
  checkUnknown(item, spreadSchema, faults);
  return {
    maxSkew: readInt32(item.maxSkew, 'maxSkew', faults) ?? 0,
    topologyKey: readString(item.topologyKey, 'topologyKey', faults),
    whenUnsatisfiable: readString(item.whenUnsatisfiable, 'whenUnsatisfiable', faults),
    labelSelector: readLabelSelector(item.labelSelector, 'labelSelector', faults),
    minDomains: readInt32(item.minDomains, 'minDomains', faults),
    nodeAffinityPolicy: readOptionalString(item.nodeAffinityPolicy, 'nodeAffinityPolicy', faults),
    nodeTaintsPolicy: readOptionalString(item.nodeTaintsPolicy, 'nodeTaintsPolicy', faults),
    matchLabelKeys: readStringList(item.matchLabelKeys, 'matchLabelKeys', faults),
  };
}
