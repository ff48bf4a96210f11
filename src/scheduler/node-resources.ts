/** Amounts on a node in BigInt: for nodes with more than doubles hold exactly, and for explanations. */
import type { Overlay } from './framework.js';
import type { ClusterModel } from './model.js';
import { exactAmount } from './pod-class.js';
import { resourceName } from './resources.js';

export function allocatableExactly(model: ClusterModel, slot: number, id: number): bigint {
  const name = resourceName(id);
  const quantity = model.node(slot).status.allocatable.get(name);
  if (quantity === undefined) return 0n;
  return name === 'cpu' ? quantity.milliValue() : quantity.value();
}

export function requestedExactly(model: ClusterModel, slot: number, id: number, overlay: Overlay | null): bigint {
  let sum = 0n;
  if (model.wide[slot] === 0) sum = BigInt(model.requested[id]?.[slot] ?? 0);
  else model.forEachPodOn(slot, (pod) => (sum += exactAmount(model.classOfPod(pod).charged, id)));
  for (const { pod, sign } of overlay ?? []) sum += BigInt(sign) * exactAmount(model.classOfPod(pod).charged, id);
  return sum;
}

/** cpu and memory with the scoring defaults of SEMANTICS 2.7; other resources as requested. */
export function nonZeroExactly(model: ClusterModel, slot: number, id: number): bigint {
  const name = resourceName(id);
  if (name !== 'cpu' && name !== 'memory') return requestedExactly(model, slot, id, null);
  let sum = 0n;
  model.forEachPodOn(slot, (pod) => (sum += BigInt(model.classOfPod(pod).source.nonZero[name] ?? 0)));
  return sum;
}
