/** What one scheduling cycle found: where the pod fits, how well, and why not elsewhere. */
import { filterMessage, noNodesMessage, preFilterMessage } from './fit-error.js';
import type { Explanation, Overlay, Rejection } from './framework.js';
import type { ClusterModel } from './model.js';
import type { Selection } from './node-selection.js';
import { filterNode, type Prepared } from './prepare.js';
import { bestNodes, totalScores, type ActiveScorer, type Ranking } from './ranking.js';

/** Nodes that are refused for the same reasons by the same plugin. */
export interface RejectionKind {
  readonly rejection: Rejection;
  readonly nodes: number;
  /** The first three by name. */
  readonly examples: readonly number[];
}

interface GrowingKind extends RejectionKind {
  nodes: number;
  readonly examples: number[];
}

/** How many nodes of a kind are named: the first by name. */
const mostExamples = 3;

/** One node of so many. */
const soonMet = 64;

class RejectionKinds {
  readonly found: GrowingKind[] = [];
  private readonly byRejection = new Map<Rejection, GrowingKind>();
  private last: GrowingKind | null = null;

  /** @param ranks `NodeView.ranks` */
  constructor(private readonly ranks: Int32Array) {}

  add(rejection: Rejection, slot: number): void {
    const kind = this.of(rejection);
    kind.nodes++;
    this.name(kind, slot);
  }

  /**
   * Nodes that are all refused alike, none of them added before.
   *
   * @param first the first of them by name; null: not known
   */
  addAll(rejection: Rejection, slots: Int32Array, first: readonly number[] | null): void {
    const kind = this.of(rejection);
    kind.nodes += slots.length;
    if (first === null) for (let i = 0; i < slots.length; i++) this.name(kind, slots[i]!);
    else for (const slot of first) this.name(kind, slot);
  }

  private name({ examples }: GrowingKind, slot: number): void {
    const { ranks } = this;
    const rank = ranks[slot]!;
    let at = examples.length;
    if (at === mostExamples && ranks[examples[at - 1]!]! < rank) return;
    while (at > 0 && ranks[examples[at - 1]!]! > rank) at--;
    examples.splice(at, 0, slot);
    if (examples.length > mostExamples) examples.pop();
  }

  private of(rejection: Rejection): GrowingKind {
    if (this.last?.rejection === rejection) return this.last;
    let kind = this.byRejection.get(rejection);
    if (kind === undefined) {
      kind = { rejection, nodes: 0, examples: [] };
      this.byRejection.set(rejection, kind);
      this.found.push(kind);
    }
    this.last = kind;
    return kind;
  }
}

/** Read off the model when asked: valid as long as the model has not changed. */
export class ScheduleResult {
  private failedBy: Rejection | null;
  private allTotals: Float64Array | null = null;
  private feasibleSlots: Int32Array | null = null;

  constructor(
    readonly prepared: Prepared,
    private readonly selection: Selection,
    private readonly scorers: readonly ActiveScorer[],
    /** Overlays of nominated pods by node slot. */
    private readonly nominated: ReadonlyMap<number, Overlay>,
  ) {
    this.failedBy = prepared.failure;
  }

  get model(): ClusterModel {
    return this.prepared.cycle.model;
  }

  get nodes(): number {
    return this.model.nodeCount;
  }

  get feasibleCount(): number {
    return this.selection.nodes.count;
  }

  /** Feasible node slots, by name. */
  get feasible(): Int32Array {
    this.feasibleSlots ??= this.selection.nodes.left();
    return this.feasibleSlots;
  }

  isFeasible(slot: number): boolean {
    return this.selection.nodes.out[slot] === 0;
  }

  /** Total scores at the positions of `feasible`. */
  get totals(): Float64Array {
    this.allTotals ??= totalScores(this.scorers, this.feasible);
    return this.allTotals;
  }

  /** The node that would be taken: highest total, smallest name; -1 when none is feasible. */
  get best(): number {
    return this.ranking(1).slots[0] ?? -1;
  }

  /**
   * The best `limit` feasible nodes (at least one): total descending, name ascending.
   *
   * @param only slots of the only nodes to be ranked; null: all
   */
  ranking(limit: number, only: ReadonlySet<number> | null = null): Ranking {
    return bestNodes(this.scorers, this.selection.nodes, limit, this.model.nodeView().ranks(), only);
  }

  /** Weighted scores of a feasible node, by plugin. */
  scoresOf(slot: number): Record<string, number> {
    const scores: Record<string, number> = {};
    for (const { plugin, weight, scorer } of this.scorers) scores[plugin] = weight * scorer.at(slot);
    return scores;
  }

  /** Why PreFilter refused the whole pod; null when it did not. */
  get failure(): Rejection | null {
    return this.failedBy;
  }

  /** What kube-scheduler records for the node; null if it is feasible. */
  rejection(slot: number): Rejection | null {
    if (this.failedBy !== null) return this.failedBy;
    if (!this.isCandidate(slot)) return this.notSelected();
    const overlay = this.nominated.get(slot) ?? null;
    return (
      (overlay === null ? null : filterNode(this.prepared, slot, overlay)) ?? filterNode(this.prepared, slot, null)
    );
  }

  /**
   * The nodes that are not feasible, by their `rejection`. Equal rejections of a plugin are one object as far as it makes
   * them so.
   */
  rejectionKinds(): RejectionKind[] {
    const { filters, narrowedBy } = this.prepared;
    const kinds = new RejectionKinds(this.model.nodeView().ranks());
    if (this.failedBy !== null || this.nominated.size > 0 || narrowedBy.length > 0) {
      for (const slot of this.model.nodeSlots()) {
        const rejection = this.isFeasible(slot) ? null : this.rejection(slot);
        if (rejection !== null) kinds.add(rejection, slot);
      }
      return kinds.found;
    }
    for (const { plugin, slots } of this.selection.refused) {
      const { filter } = filters.find((active) => active.plugin === plugin)!;
      if (filter.only !== undefined) {
        kinds.addAll(filter.only, slots, this.firstOf(plugin, slots.length));
        continue;
      }
      const add = (slot: number, rejection: Rejection): void => kinds.add(rejection, slot);
      if (filter.rejectEach !== undefined) filter.rejectEach(slots, add);
      else for (let i = 0; i < slots.length; i++) add(slots[i]!, filter.filter(slots[i]!, null)!);
    }
    return kinds.found;
  }

  /** The first nodes by name that a filter was the first to refuse; null where these are too few to be met soon. */
  private firstOf(plugin: string, nodes: number): number[] | null {
    if (nodes * soonMet < this.nodes) return null;
    const first: number[] = [];
    for (const slot of this.model.nodeSlots()) {
      if (this.isFeasible(slot) || this.rejection(slot)?.plugin !== plugin) continue;
      first.push(slot);
      if (first.length === mostExamples) break;
    }
    return first;
  }

  /** Every plugin that refuses the node as it is, with the numbers. */
  explain(slot: number): Explanation[] {
    const { filters, failure } = this.prepared;
    if (failure !== null) return [{ ...failure, details: [] }];
    const found: Explanation[] = [];
    if (!this.isCandidate(slot)) found.push({ ...this.notSelected(), details: [{ type: 'notSelected' }] });
    for (const { filter } of filters) {
      const rejection = filter.filter(slot, null);
      if (rejection !== null) found.push({ ...rejection, details: filter.details(slot) });
    }
    if (found.length === 0) {
      // Only room that nominated pods will take keeps the pod away.
      const rejection = this.rejection(slot);
      if (rejection !== null) found.push({ ...rejection, details: [] });
    }
    return found;
  }

  /** Reason → number of nodes refused for it (a node with two reasons counts for both). */
  reasonCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { rejection, nodes } of this.rejectionKinds()) {
      for (const reason of rejection.reasons) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
    }
    return counts;
  }

  /** kube-scheduler's sentence without the preemption part; null when a node is feasible. */
  message(): string | null {
    if (this.feasibleCount > 0) return null;
    if (this.nodes === 0) return noNodesMessage;
    if (this.failedBy !== null) return preFilterMessage(this.nodes, this.failedBy.reasons.join(', '));
    return filterMessage(this.nodes, this.reasonCounts());
  }

  /** The overlay that stands for pods nominated to the node; null when there is none. */
  nominatedOverlay(slot: number): Overlay | null {
    return this.nominated.get(slot) ?? null;
  }

  private candidateSet: ReadonlySet<number> | null = null;

  private isCandidate(slot: number): boolean {
    const { candidates, narrowedBy } = this.prepared;
    if (narrowedBy.length === 0) return true;
    this.candidateSet ??= new Set(candidates);
    return this.candidateSet.has(slot);
  }

  private notSelected(): Rejection {
    return {
      plugin: '',
      code: 'UnschedulableAndUnresolvable',
      reasons: [`node(s) didn't satisfy plugin(s) [${this.prepared.narrowedBy.join(' ')}]`],
    };
  }
}
