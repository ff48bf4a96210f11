/** A typed node as a manifest again: what `patchNodes` patches and `addNodes` copies. Nothing scheduling looks at is lost. */
import type { JsonObject, Node, ResourceList } from '../kubernetes/types.js';

const HOSTNAME = 'kubernetes.io/hostname';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

function amounts(list: ResourceList): JsonObject {
  return Object.fromEntries([...list].map(([name, value]) => [name, value.toString()]));
}

export function nodeManifest(node: Node): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.metadata.name,
      labels: { ...node.metadata.labels },
      annotations: { ...node.metadata.annotations },
    },
    spec: {
      ...(node.spec.unschedulable ? { unschedulable: true } : {}),
      taints: node.spec.taints.map((taint) => ({ key: taint.key, value: taint.value, effect: taint.effect })),
    },
    status: {
      capacity: amounts(node.status.capacity),
      allocatable: amounts(node.status.allocatable),
      images: node.status.images.map((image) => ({ names: [...image.names], sizeBytes: image.sizeBytes })),
      declaredFeatures: [...node.status.declaredFeatures],
      conditions: node.status.conditions.map((condition) => ({ ...condition })),
    },
  };
}

/** Cordoned or not, with the taint that the node controller keeps beside the field (SEMANTICS 4.10). */
export function withUnschedulable(node: Node, unschedulable: boolean): Node {
  const taints = node.spec.taints.filter((taint) => taint.key !== UNSCHEDULABLE);
  if (unschedulable) taints.push({ key: UNSCHEDULABLE, value: '', effect: 'NoSchedule' });
  return { ...node, spec: { unschedulable, taints } };
}

/**
 * A new machine of the same make: labels, allocatable, images and lasting taints stay; name and hostname are new; the
 * cordon and `node.kubernetes.io/*` condition taints are the old machine's own.
 */
export function freshNode(node: Node, name: string): Node {
  return {
    ...node,
    metadata: {
      name,
      namespace: '',
      labels: { ...node.metadata.labels, [HOSTNAME]: name },
      annotations: node.metadata.annotations,
      ownerReferences: [],
      finalizers: [],
    },
    spec: {
      unschedulable: false,
      taints: node.spec.taints.filter((taint) => !taint.key.startsWith('node.kubernetes.io/')),
    },
    status: { ...node.status, conditions: [] },
  };
}

/** `name-1`, `name-2` …: the first that is not taken, counting on from `from`. */
export function freshName(base: string, taken: (name: string) => boolean, from = 1): { name: string; next: number } {
  let number = from;
  while (taken(`${base}-${number}`)) number++;
  return { name: `${base}-${number}`, next: number + 1 };
}
