/**
 * One pod class in a sequence: where its next replica goes, kept current while pods are placed, instead of looked for
 * anew. The answers are those of `runCycle`, exactly (`test/property/scheduler.test.ts` holds one against the other).
 *
 * A score is a part that depends on the node's use alone (the *base*, which `Room` keeps for all lanes of equal requests)
 * and parts that are normalised over all nodes, which one placement can move on every node. Nodes that are alike in all of
 * the latter make a *bucket*: within it they are one constant (`BucketScores`). A pick looks at every bucket once, and then
 * takes the node of the largest base + constant: where few nodes change between picks from a heap a bucket (`Tops`), else,
 * as in a mix of many classes, in one pass over all nodes.
 *
 * In a sequence pods only come: a node without room, or that a pod has closed to the class, stays so.
 */
import type { Cycle, Subject } from '../framework.js';
import { selectNodes } from '../node-selection.js';
import { prepare } from '../prepare.js';
import { imageLocality } from '../plugins/image-locality.js';
import { preferredTerms } from '../plugins/node-affinity.js';
import { intolerableBySet } from '../plugins/taint-toleration.js';
import { BucketScores, fixedColumn, fixedColumns } from './bucket-scores.js';
import { Buckets } from './buckets.js';
import type { LaneNodes } from './lane-nodes.js';
import type { NodeValues } from './node-values.js';
import { ownLabelsMatter } from './own-labels.js';
import { noEffects, Parts } from './parts.js';
import type { PlacementLog } from './placement-log.js';
import type { Room, Rooms } from './room.js';
import { nodeSpan, Tops } from './tops.js';

/** A lane that sees this many placements (or a 128th of the nodes) between picks scans; one that sees fewer keeps heaps. */
const fewChanges = 8;
const calmUsesBeforeHeaps = 4;

/** What lanes see to themselves, placement by placement; all other filters are asked once. */
const followedFilters: ReadonlySet<string> = new Set(['NodeResourcesFit', 'PodTopologySpread', 'InterPodAffinity']);

/** What the lanes of a sequence have in common. */
export interface LaneContext {
  readonly nodes: LaneNodes;
  readonly log: PlacementLog;
  readonly rooms: Rooms;
}

export class Lane {
  private readonly parts: Parts;
  private readonly buckets: Buckets;
  private readonly scores: BucketScores;
  /** null: every pick scans. */
  private tops: Tops | null = null;
  /** Picks in a row that saw few placements. */
  private calmUses = 0;
  /** By kind of the log: what a placement does to the parts; null: it cannot be followed. */
  private readonly effects: (ReturnType<Parts['effectsOf']> | undefined)[] = [];
  /** Counts have changed since `scores` was computed. */
  private isStale = true;
  /** Position in the log up to which the lane is current. */
  position: number;

  private constructor(
    private readonly context: LaneContext,
    private readonly cycle: Cycle,
    private readonly room: Room,
  ) {
    const { nodes, log } = context;
    this.position = log.length;
    this.parts = new Parts(cycle, nodes, fixedColumns);
    const members = this.parts.open(room.roomy);
    const fixed = [...ownValues(nodes, cycle, this.parts), ...this.parts.fixed.map(({ domains }) => domains.ids)];
    this.buckets = new Buckets(nodes.groupOf, members, fixed, this.parts.moving);
    this.scores = new BucketScores(this.buckets, this.parts, cycle.profile, nodes.groups);
  }

  /** null where buckets cannot tell the nodes apart cheaply, or a pod or node is of a kind that lanes do not know. */
  static make(context: LaneContext, subject: Subject): Lane | null {
    const { nodes, rooms } = context;
    const { model } = nodes;
    if (model.anyWide || nodes.count >= nodeSpan || subject.nodeName !== '') return null;
    // Pods nominated to a node count for those of no higher priority, and their pods come to life elsewhere.
    const { priority } = subject.podClass;
    if (model.nominatedPods().some(({ pod }) => model.classOfPod(pod).priority >= priority)) return null;
    if (subject.ownLabels !== null && ownLabelsMatter(model, subject)) return null;
    const { cycle, candidates, filters, narrowedBy } = prepare(model, subject, followedFilters);
    const remembered = narrowedBy.length > 0 ? null : model.nodeView().selections(subject.profile);
    const { nodes: left } = selectNodes(
      filters,
      candidates,
      model.slotCount,
      remembered,
      subject.podClass.nodeRequirements,
    );
    const room = rooms.take(cycle, left.left());
    if (room === null) return null;
    const lane = new Lane(context, cycle, room);
    if (!lane.buckets.isScattered) return lane;
    lane.release();
    return null;
  }

  get subject(): Subject {
    return this.cycle.subject;
  }

  /** Bytes that it keeps, about. */
  get bytes(): number {
    const heaps = this.tops === null ? 0 : 16 * this.context.nodes.count;
    return this.buckets.of.byteLength + this.parts.bytes + heaps + 16 * this.effects.length + 4096;
  }

  /** To be called when the lane is no longer used. */
  release(): void {
    this.context.rooms.release(this.room, this.cycle);
  }

  /**
   * Takes placed pods into account.
   * @returns false when the lane cannot: it has to be made anew
   */
  catchUp(): boolean {
    const { buckets, effects, room, parts } = this;
    const { log } = this.context;
    const { kinds, ranks } = log;
    const from = this.position;
    const end = ranks.length;
    if (from === end) return true;
    room.catchUp();
    const { base } = room;
    const { of } = buckets;
    for (let at = from; at < end; at++) {
      const kind = kinds[at]!;
      const rank = ranks[at]!;
      let effect = effects[kind];
      if (effect === undefined) effects[kind] = effect = parts.effectsOf(log.subjects[kind]!);
      if (effect === null) return false;
      if (effect !== noEffects) {
        parts.apply(effect, rank, buckets, this.moved);
        this.isStale = true;
      }
      if (of[rank] === 0) continue;
      if (base[rank]! < 0) buckets.leave(rank);
      else if (this.tops !== null) this.tops.offer(rank);
    }
    this.position = end;
    this.chooseStructure(end - from);
    return !buckets.isScattered;
  }

  private readonly moved = (rank: number): void => {
    if (this.tops !== null && this.room.base[rank]! >= 0) this.tops.offer(rank);
  };

  private chooseStructure(changes: number): void {
    if (changes > Math.max(fewChanges, this.context.nodes.count >> 7)) {
      this.tops = null;
      this.calmUses = 0;
    } else if (this.tops === null && ++this.calmUses > calmUsesBeforeHeaps) {
      this.tops = new Tops(this.buckets, this.room.base, this.context.nodes);
    }
  }

  /** The node slot that the ordinary cycle would choose, -1 when none is feasible. The lane must be current. */
  pick(): number {
    const { scores, buckets } = this;
    if (this.isStale || buckets.hasChanged) {
      scores.compute();
      this.isStale = buckets.hasChanged = false;
    }
    if (scores.count === 0) return -1;
    const rank = this.tops === null ? this.bestOfAll() : this.bestOfTops(this.tops);
    return this.context.nodes.slots[rank]!;
  }

  /** Looks at all nodes but those of blocks whose peak says that the best is not among them. */
  private bestOfAll(): number {
    const { base, peaks } = this.room;
    const { constants, highestIn } = this.scores;
    const { of } = this.buckets;
    const { blockStart, blockGroup, names } = this.context.nodes;
    // Where the best is likely comes first, all blocks after that.
    let block = -1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let other = 0; other < peaks.length; other++) {
      const bound = peaks[other]! + highestIn[blockGroup[other]!]!;
      if (bound > highest) [highest, block] = [bound, other];
    }
    highest = Number.NEGATIVE_INFINITY;
    let best = -1;
    for (let next = -1; next < peaks.length; block = ++next) {
      const bound = peaks[block]! + highestIn[blockGroup[block]!]!;
      if (bound < highest || (bound === highest && names[blockStart[block]!]! > names[best]!)) continue;
      const end = blockStart[block + 1]!;
      let peak = -1;
      for (let rank = blockStart[block]!; rank < end; rank++) {
        const value = base[rank]!;
        if (value > peak) peak = value;
        const total = value + constants[of[rank]!]!;
        if (total > highest || (total === highest && best >= 0 && names[rank]! < names[best]!)) {
          highest = total;
          best = rank;
        }
      }
      peaks[block] = peak;
    }
    return best;
  }

  private bestOfTops(tops: Tops): number {
    const { base } = this.room;
    const { constants, admitted, count } = this.scores;
    const { names } = this.context.nodes;
    let highest = Number.NEGATIVE_INFINITY;
    let best = -1;
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      const rank = tops.top(bucket);
      const total = base[rank]! + constants[bucket]!;
      if (total > highest || (total === highest && names[rank]! < names[best]!)) {
        highest = total;
        best = rank;
      }
    }
    return best;
  }
}

/** By `fixedColumn`: what a node is to the pod on its own, whatever pods come. */
function ownValues(nodes: LaneNodes, cycle: Cycle, { spread }: Parts): NodeValues[] {
  const values: NodeValues[] = Array.from({ length: fixedColumns }, () => 0);
  const { slots, count } = nodes;
  const { profile } = cycle;
  const weighs = (name: string): boolean => (profile.scores.get(name) ?? 0) !== 0;
  if (weighs('TaintToleration')) {
    const { ids, raw } = intolerableBySet(cycle.model, cycle.podClass);
    if (raw.some((taints) => taints > 0)) {
      values[fixedColumn.taints] = nodes.column(`taints|${raw.join(',')}`, (slot) => raw[ids[slot]!]!);
    }
  }
  const terms = weighs('NodeAffinity') ? (preferredTerms(cycle) ?? []) : [];
  if (terms.length > 0) {
    const preferred = new Int32Array(count);
    for (const { weight, matches } of terms)
      slots.forEach((slot, rank) => {
        if (matches(slot)) preferred[rank]! += weight;
      });
    values[fixedColumn.preferred] = preferred;
  }
  const images = weighs(imageLocality.name) ? imageLocality.preScore(cycle, nodes.all) : null;
  if (images !== null) values[fixedColumn.images] = images.same ?? slots.map((slot) => images.at(slot));
  const { participates, soft } = spread;
  values[fixedColumn.participates] = 1;
  if (participates !== null) {
    const keys = soft.map(({ topologyKey }) => topologyKey).join(',');
    values[fixedColumn.participates] = nodes.column(`labels|${keys}`, (slot) => (participates(slot) ? 1 : 0));
  }
  return values;
}
