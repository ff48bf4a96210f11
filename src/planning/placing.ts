/** Placing pods for good on a private fork, one after another, each where `fit` would put it. */
import { compilePod } from '../scheduler/cycle.js';
import type { Subject as Compiled } from '../scheduler/framework.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { Sequence } from '../scheduler/sequence.js';
import { profileOrDefault } from './profiles.js';

export class Placing {
  private readonly sequence: Sequence;
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
