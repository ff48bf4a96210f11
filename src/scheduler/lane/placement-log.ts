/** Placements of a sequence in order, as columns: many lanes read each of them. */
import type { Subject } from '../framework.js';
import type { PodClass } from '../pod-class.js';

export class PlacementLog {
  /** Pods of which one stands for all of its kind: they do the same to every lane. */
  readonly subjects: Subject[] = [];
  /** Per placement: which of `subjects` it is like. */
  readonly kinds: number[] = [];
  /** Per placement: the node's rank. */
  readonly ranks: number[] = [];
  /** Numbers of the kinds: of the class, or of the pod itself where it has labels of its own. */
  private readonly numbers = new Map<Subject | PodClass, number>();

  get length(): number {
    return this.ranks.length;
  }

  add(subject: Subject, rank: number): void {
    const key = subject.ownLabels === null ? subject.podClass : subject;
    let kind = this.numbers.get(key);
    if (kind === undefined) {
      kind = this.subjects.length;
      this.numbers.set(key, kind);
      this.subjects.push(subject);
    }
    this.kinds.push(kind);
    this.ranks.push(rank);
  }
}
