/** Placing pods for good on a private fork, one after another, each where `fit` would put it. */
import { compilePod } from '../scheduler/cycle.js';
import type { Subject as Compiled } from '../scheduler/framework.js';
import { preempt } from '../scheduler/plugins/default-preemption.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { Sequence } from '../scheduler/sequence.js';
import { profileOrDefault } from './profiles.js';

export class Placing {
  private readonly sequence: Sequence;
  /** `namespace/name` of the pods that were evicted, in order. */
  readonly victims: string[] = [];
  private last: { shape: string; ownLabels: string | null; compiled: Compiled } | null = null;

  /** @param model private; nobody else changes it while placing */
  constructor(private readonly model: ClusterModel) {
    this.sequence = new Sequence(model);
  }

  /** The node that the pod now runs on, null when it fits nowhere. */
  place(record: PodRecord): string | null {
    const slot = this.sequence.place(this.compiled(record), record.name);
    return slot < 0 ? null : this.model.nodeName(slot);
  }

  /** The node that the pod runs on once pods of lower priority have gone from it; null when that does not help. */
  placeByPreemption(record: PodRecord): string | null {
    const subject = this.compiled(record);
    const { node, victims } = preempt(this.sequence.result(subject));
    if (node < 0) return null;
    // Slots may move when pods go: names first.
    for (const { slot, pod } of victims.map((victim) => ({ slot: victim, pod: this.model.podAt(victim) }))) {
      this.victims.push(`${pod.namespace}/${pod.name}`);
      this.evict(slot, pod);
    }
    this.sequence.placeOn(subject, node, record.name);
    return this.model.nodeName(node);
  }

  private evict(slot: number, { namespace, name }: PodRecord): void {
    if (!this.model.isReservation(slot)) {
      this.model.apply({ type: 'pod', namespace, name, pod: null });
      return;
    }
    for (const { id, pod } of this.model.reservations()) {
      if (pod.namespace === namespace && pod.name === name) {
        this.model.apply({ type: 'reservation', id, reservation: null });
      }
    }
  }

  /** kube-scheduler's sentence for a pod that fits nowhere now. */
  message(record: PodRecord): string {
    return this.sequence.result(this.compiled(record)).message() ?? '';
  }

  /** Pods of one class follow each other: they share what was compiled. */
  private compiled(record: PodRecord): Compiled {
    if (this.last?.shape !== record.shape || this.last.ownLabels !== record.ownLabels) {
      const compiled = compilePod(record, profileOrDefault(this.model, record));
      this.last = { shape: record.shape, ownLabels: record.ownLabels, compiled };
    }
    return this.last.compiled;
  }
}

/** One after another; null where a pod fits nowhere. */
export function placeAll(model: ClusterModel, records: readonly PodRecord[]): (string | null)[] {
  const placing = new Placing(model);
  return records.map((record) => placing.place(record));
}
