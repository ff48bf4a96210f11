/** Which stored pods a workload has: by their controller, and for a Deployment or CronJob by the controller in between. */
import { isObject } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { PodFlag, podPhases } from '../scheduler/model-change.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodClass } from '../scheduler/pod-class.js';
import { freshName } from './node-manifest.js';
import { bytewise } from './quantities.js';

export interface WorkloadIdentity {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Slots of the workload's pods that its controller counts: neither finished nor terminating. By namespace and name; a
 * Pod's is itself.
 */
export function podsOfWorkload(model: ClusterModel, workload: WorkloadIdentity): number[] {
  if (workload.kind === 'Pod') {
    const slot = model.podSlot(workload.namespace, workload.name);
    return slot >= 0 && isCounted(model.podFlagsOf(slot)) ? [slot] : [];
  }
  const slots: number[] = [];
  for (const group of model.classGroups().byNamespace.get(workload.namespace) ?? []) {
    if (!owns(model, workload, model.classAt(group))) continue;
    model.forEachPodOf(group, (slot) => {
      if (!model.isReservation(slot) && isCounted(model.podFlagsOf(slot))) slots.push(slot);
    });
  }
  return slots.sort((a, b) => bytewise(model.podName(a), model.podName(b)));
}

function isCounted(flags: number): boolean {
  const phase = podPhases[flags & PodFlag.phaseMask];
  return phase !== 'Succeeded' && phase !== 'Failed' && (flags & PodFlag.terminating) === 0;
}

function owns(model: ClusterModel, { kind, namespace, name }: WorkloadIdentity, pods: PodClass): boolean {
  const { owner } = pods.source;
  if (owner === undefined) return false;
  if (kind === owner.kind) return owner.name === name;
  if (kind === 'Deployment' && owner.kind === 'ReplicaSet') {
    const stored = controllerName(model.objects.get('apps', 'ReplicaSet', namespace, owner.name));
    if (stored !== undefined) return stored.kind === 'Deployment' && stored.name === name;
    // A ReplicaSet that was not imported is known by the name its Deployment gave it.
    const hash = Object.hasOwn(pods.labels, 'pod-template-hash') ? pods.labels['pod-template-hash'] : undefined;
    return hash !== undefined && owner.name === `${name}-${hash}`;
  }
  if (kind === 'CronJob' && owner.kind === 'Job') {
    const stored = controllerName(model.objects.get('batch', 'Job', namespace, owner.name));
    if (stored !== undefined) return stored.kind === 'CronJob' && stored.name === name;
    return owner.name.startsWith(`${name}-`) && /^\d+$/.test(owner.name.slice(name.length + 1));
  }
  return false;
}

function controllerName(object: JsonObject | undefined): { kind: Json; name: Json } | undefined {
  const metadata = object?.['metadata'];
  const references = isObject(metadata) ? metadata['ownerReferences'] : undefined;
  if (!Array.isArray(references)) return undefined;
  for (const reference of references) {
    if (isObject(reference) && reference['controller'] === true) {
      return { kind: reference['kind'] ?? '', name: reference['name'] ?? '' };
    }
  }
  return undefined;
}

/** Pods of daemons and of the kubelet itself go with their node. */
export function goesWithNode({ source }: PodClass): boolean {
  return source.owner?.kind === 'DaemonSet' || source.eviction?.includes('Mirror') === true;
}

/** The record under a name that no stored pod has. */
export function unusedName(model: ClusterModel, record: PodRecord): PodRecord {
  const taken = (name: string): boolean => model.podSlot(record.namespace, name) >= 0;
  return taken(record.name) ? { ...record, name: freshName(`${record.name}-added`, taken).name } : record;
}
