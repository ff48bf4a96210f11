/**
 * Pods placed one after another, each where `schedule` would put it on the model as the earlier ones left it.
 */
import { placedRecord, runCycle, type ScheduleResult } from './cycle.js';
import type { Subject } from './framework.js';
import type { ClusterModel } from './model.js';

export class Sequence {
  private placed = 0;

  /** @param model private to the sequence: a fork, which placing changes */
  constructor(readonly model: ClusterModel) {}

  /**
   * Places the pod on its best node.
   * @param name of the pod in the model; must be unique in its namespace. Default: one that no pod can have.
   * @returns the node's slot, -1 when the pod fits nowhere (then `result` says why)
   */
  place(subject: Subject, name = `${subject.name}#${this.placed}`): number {
    const { best } = runCycle(this.model, subject);
    if (best < 0) return -1;
    this.placeOn(subject, best, name);
    return best;
  }

  /** Puts the pod on a node, whether it fits there or not. */
  placeOn(subject: Subject, slot: number, name = `${subject.name}#${this.placed}`): void {
    this.placed++;
    const pod = placedRecord(subject, this.model.nodeName(slot), name);
    this.model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  }

  /** The whole cycle of a pod on the model as it is now. */
  result(subject: Subject): ScheduleResult {
    return runCycle(this.model, subject);
  }
}

export interface Replicas {
  /** Node slots in order of placement. */
  readonly placements: readonly number[];
  /** The cycle of the first replica that did not fit; null when all `max` did. */
  readonly failure: ScheduleResult | null;
}

/** Identical replicas until none fits or there are `max`. Changes `model`. */
export function placeReplicas(model: ClusterModel, subject: Subject, max: number): Replicas {
  const sequence = new Sequence(model);
  const placements: number[] = [];
  while (placements.length < max) {
    const slot = sequence.place(subject);
    if (slot < 0) return { placements, failure: sequence.result(subject) };
    placements.push(slot);
  }
  return { placements, failure: null };
}
