/**
 * What admission decides by: LimitRange, ResourceQuota, PriorityClass, RuntimeClass, as typed values. SEMANTICS 9, 10.
 * Amounts are rounded up to whole thousandths, as on every decode of a ResourceList.
 */
import type { Faults } from './faults.js';
import {
  noResources,
  readBoolean,
  readInt32,
  readList,
  readObject,
  readOptionalString,
  readResourceList,
  readString,
  readStringList,
  readStringMap,
} from './read-common.js';
import { readObjectMeta } from './read-meta.js';
import type { Quantity } from './quantity.js';
import { readToleration } from './read-scheduling.js';
import type { Json, JsonObject, Labels, ObjectMeta, ResourceList, Toleration } from './types.js';

export interface LimitRangeItem {
  /** `Container`, `Pod` or `PersistentVolumeClaim`. */
  readonly type: string;
  readonly max: ResourceList;
  readonly min: ResourceList;
  /** Limits of containers that set none. */
  readonly default: ResourceList;
  /** Requests of containers that set none. */
  readonly defaultRequest: ResourceList;
  readonly maxLimitRequestRatio: ResourceList;
}

export interface LimitRange {
  readonly kind: 'LimitRange';
  readonly metadata: ObjectMeta;
  readonly limits: readonly LimitRangeItem[];
}

/** As created: the defaults of type Container are filled in (SEMANTICS 10.1). */
export function readLimitRange(manifest: JsonObject, faults: Faults): LimitRange {
  const metadata = readObjectMeta(manifest['metadata'], 'metadata', faults);
  const spec = readObject(manifest['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  const limits = readList(spec['limits'], 'limits', faults, readLimitRangeItem);
  faults.leave();
  return { kind: 'LimitRange', metadata, limits };
}

function readLimitRangeItem(item: JsonObject, faults: Faults): LimitRangeItem {
  const read: LimitRangeItem = {
    type: readString(item['type'], 'type', faults),
    max: readAmounts(item['max'], 'max', faults),
    min: readAmounts(item['min'], 'min', faults),
    default: readAmounts(item['default'], 'default', faults),
    defaultRequest: readAmounts(item['defaultRequest'], 'defaultRequest', faults),
    maxLimitRequestRatio: readAmounts(item['maxLimitRequestRatio'], 'maxLimitRequestRatio', faults),
  };
  return read.type === 'Container' ? withDefaults(read) : read;
}

/** default ← max; defaultRequest ← default, then ← min. */
function withDefaults(item: LimitRangeItem): LimitRangeItem {
  const limits = overlay(item.default, item.max);
  return { ...item, default: limits, defaultRequest: overlay(overlay(item.defaultRequest, limits), item.min) };
}

/** `list` and, for names it lacks, the amounts of `fallback`. */
export function overlay(list: ResourceList, fallback: ResourceList): ResourceList {
  let merged: Map<string, Quantity> | undefined;
  for (const [name, amount] of fallback) {
    if (list.has(name)) continue;
    merged ??= new Map(list);
    merged.set(name, amount);
  }
  return merged ?? list;
}

export interface ScopeRequirement {
  readonly scopeName: string;
  /** `In`, `NotIn`, `Exists`, `DoesNotExist`. */
  readonly operator: string;
  readonly values: readonly string[];
}

export interface ResourceQuota {
  readonly kind: 'ResourceQuota';
  readonly metadata: ObjectMeta;
  readonly hard: ResourceList;
  /** `spec.scopes` (each an `Exists`) and `spec.scopeSelector` together: all must hold. */
  readonly scopes: readonly ScopeRequirement[];
}

export function readResourceQuota(manifest: JsonObject, faults: Faults): ResourceQuota {
  const metadata = readObjectMeta(manifest['metadata'], 'metadata', faults);
  const spec = readObject(manifest['spec'], 'spec', faults) ?? {};
  faults.enter('spec');
  const hard = readAmounts(spec['hard'], 'hard', faults);
  const named = readStringList(spec['scopes'], 'scopes', faults);
  const selector = readObject(spec['scopeSelector'], 'scopeSelector', faults);
  faults.enter('scopeSelector');
  const selected = readList(selector?.['matchExpressions'], 'matchExpressions', faults, (item, itemFaults) => ({
    scopeName: readString(item['scopeName'], 'scopeName', itemFaults),
    operator: readString(item['operator'], 'operator', itemFaults),
    values: readStringList(item['values'], 'values', itemFaults),
  }));
  faults.leave();
  faults.leave();
  const scopes = named.map((scopeName) => ({ scopeName, operator: 'Exists', values: [] }));
  return { kind: 'ResourceQuota', metadata, hard, scopes: [...scopes, ...selected] };
}

export interface PriorityClass {
  readonly kind: 'PriorityClass';
  readonly metadata: ObjectMeta;
  readonly value: number;
  readonly globalDefault: boolean;
  /** `PreemptLowerPriority` (default) or `Never`. */
  readonly preemptionPolicy: string;
}

export function readPriorityClass(manifest: JsonObject, faults: Faults): PriorityClass {
  return {
    kind: 'PriorityClass',
    metadata: readObjectMeta(manifest['metadata'], 'metadata', faults),
    value: readInt32(manifest['value'], 'value', faults) ?? 0,
    globalDefault: readBoolean(manifest['globalDefault'], 'globalDefault', faults),
    preemptionPolicy:
      readOptionalString(manifest['preemptionPolicy'], 'preemptionPolicy', faults) ?? 'PreemptLowerPriority',
  };
}

export interface RuntimeClass {
  readonly kind: 'RuntimeClass';
  readonly metadata: ObjectMeta;
  readonly handler: string;
  /** `overhead.podFixed`; null when the class has no `overhead` at all. */
  readonly podFixed: ResourceList | null;
  /** null when the class has no `scheduling`. */
  readonly scheduling: { readonly nodeSelector: Labels; readonly tolerations: readonly Toleration[] } | null;
}

export function readRuntimeClass(manifest: JsonObject, faults: Faults): RuntimeClass {
  const metadata = readObjectMeta(manifest['metadata'], 'metadata', faults);
  const overhead = readObject(manifest['overhead'], 'overhead', faults);
  faults.enter('overhead');
  const podFixed = overhead === undefined ? null : readAmounts(overhead['podFixed'], 'podFixed', faults);
  faults.leave();
  const scheduling = readObject(manifest['scheduling'], 'scheduling', faults);
  faults.enter('scheduling');
  const nodeSelector = readStringMap(scheduling?.['nodeSelector'], 'nodeSelector', faults);
  const tolerations = readList(scheduling?.['tolerations'], 'tolerations', faults, readToleration);
  faults.leave();
  return {
    kind: 'RuntimeClass',
    metadata,
    handler: readString(manifest['handler'], 'handler', faults),
    podFixed,
    scheduling: scheduling === undefined ? null : { nodeSelector, tolerations },
  };
}

export function readAmounts(value: Json | undefined, field: string, faults: Faults): ResourceList {
  const read = readResourceList(value, field, faults);
  return read.size === 0 ? noResources : new Map([...read].map(([name, amount]) => [name, amount.roundUpToMilli()]));
}
