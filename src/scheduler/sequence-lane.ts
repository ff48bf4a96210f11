/**
 * One pod class in a sequence: where its next replica goes, kept current while pods are placed, instead of looked for
 * anew. The answers are those of `runCycle`, exactly (`test/property/scheduler.test.ts` holds one against the other).
 *
 * A score is a part that depends on the node alone (fit, balance, images: the *base*) and normalised parts (taints, node
 * affinity, spread, inter-pod affinity) that one placement can move on every node. Nodes with equal raw values of all
 * normalised parts make a *bucket*: within it the normalised part is one constant and the best node is the top of a heap
 * over (base, name). A placement changes one node's base and a few counts; a pick looks at every bucket once. Where many
 * nodes change between picks, as in a mix of many classes, looking through all nodes is cheaper than keeping the heaps.
 */
import { prepare } from './prepare.js';
import { maxNodeScore, type Cycle, type NodeFilter, type Scorer, type Subject } from './framework.js';
import type { ClusterModel } from './model.js';
import { matches } from '../kubernetes/selectors.js';
import type { AffinityTerm } from './affinity-term.js';
import { holdersOf, matchedByAll, namesOwnLabel, spreadCounter, termMatches } from './pod-counters.js';
import { intolerableTaints } from './plugins/taint-toleration.js';
import { matchingTerms } from './plugins/inter-pod-affinity.js';
import { preferredTerms } from './plugins/node-affinity.js';
import { constraintsOf, hasAllKeys, inclusionPolicy, selectsOwnLabels } from './plugins/pod-topology-spread.js';
import { hostnameKey } from './profile.js';
import { scorePlugins } from './registry.js';
import { termsOf, type SpreadConstraint } from './pod-class.js';

/** Topology keys with more values than this are told apart by count, not by value. */
const fewDomains = 32;

/** Ranks below 2^20: node counts beyond take the ordinary cycle. */
const rankSpan = 1 << 20;

/** Base scores and values of parts are below these, or the lane gives up. */
const baseSpan = 2 ** 32;
const valueSpan = 2 ** 24;

/** Values of one normalised or filtering part over the nodes: one number a node, from a count a domain. */
interface Part {
  /** Domain by node slot, -1 where the node has none. */
  readonly ids: Int32Array;
  readonly counts: Float64Array;
  /** Few domains: a node's value is its domain, and counts are looked up by bucket. */
  readonly few: boolean;
  /** Whether pods on the node count; null: on every node. */
  readonly counted: ((slot: number) => boolean) | null;
  /** Counts may be negative (weights): a node without the label has 0. */
  readonly signed?: boolean;
  /** Only whether the count is 0 matters. */
  readonly binary?: boolean;
  /** What one more pod adds to its domain. */
  delta(placed: Subject): number;
}

interface HardSpread extends Part {
  readonly most: number;
  readonly minDomains: number;
  readonly domains: number;
  /** Domains by count, and the smallest count that has any. */
  readonly histogram: number[];
  minimum: number;
}

interface SoftSpread extends Part {
  readonly isHostname: boolean;
  readonly offset: number;
}

interface Affinity extends Part {
  /** Pods counted anywhere. */
  total: number;
}

interface Bucket {
  /** Value of each part, in the order of `Lane.parts`. */
  readonly values: readonly number[];
  readonly taints: number;
  readonly preferred: number;
  /** Takes part in soft spread. */
  readonly participates: boolean;
  /** base · 2^20 + (2^20 − 1 − rank), largest first; entries that no longer hold are dropped at the top. */
  heap: number[];
  /** Nodes in it that have room. */
  feasible: number;
}

/** A lane in which this many nodes (or a 128th of all) change from pick to pick scans; one that stays below keeps heaps. */
const fewChanges = 8;
const calmUsesBeforeHeaps = 4;

/** What most pods do to a class: nothing but take room. */
const noEffect = new Float64Array(0);

/** Placements in order, as columns: many lanes read each of them. */
export interface PlacementLog {
  /** Pods of which one stands for all of its kind: they do the same to every lane. */
  readonly subjects: Subject[];
  /** Per placement: which of `subjects` it is like. */
  readonly kinds: number[];
  /** Per placement: the node. */
  readonly slots: number[];
}

/** A lane cannot be made for this subject or model: use the ordinary cycle. */
export type NoLane = null;

export class Lane {
  private readonly order: Int32Array;
  private readonly rank: Int32Array;
  private readonly cycle: Cycle;
  private readonly fit: NodeFilter | undefined;
  private readonly baseScorers: { readonly scorer: Scorer; readonly weight: number }[] = [];
  private readonly hard: HardSpread[] = [];
  private readonly soft: SoftSpread[] = [];
  private readonly affinity: Affinity[] = [];
  /** By topology key: pods that the subject may not be with. */
  private readonly blocked = new Map<string, Part>();
  /** By topology key: inter-pod preference. */
  private readonly preference = new Map<string, Part>();
  private parts: Part[] = [];
  /** By kind of the log: what a placement does to each part. */
  private readonly deltas: (Float64Array | null | undefined)[] = [];

  private readonly bucketOf: Int32Array;
  /** -1: no room. */
  private readonly base: Float64Array;
  private readonly staticOk: Uint8Array;
  private readonly taints: Float64Array;
  private readonly preferred: Float64Array;
  private readonly participates: (slot: number) => boolean;
  private readonly buckets: Bucket[] = [];
  private readonly levels: Map<number, number>[] = [];
  private readonly weights: { taint: number; node: number; spread: number; pods: number };
  private readonly matchesItself: boolean;
  private readonly scores: Float64Array;
  /** Room for what filters refuse; nobody reads it. */
  private readonly refused: Int32Array;
  /** A number has left the range that keys of buckets and heaps hold. */
  private overflow = false;
  /** Position in the sequence's log up to which the lane is current. */
  position = 0;

  private constructor(
    private readonly model: ClusterModel,
    readonly subject: Subject,
  ) {
    const prepared = prepare(model, subject);
    const { cycle } = prepared;
    const { podClass, profile } = cycle;
    this.cycle = cycle;
    this.order = model.nodeSlots();
    this.rank = new Int32Array(model.slotCount).fill(-1);
    this.order.forEach((slot, rank) => (this.rank[slot] = rank));
    const weight = (name: string): number => profile.scores.get(name) ?? 0;
    this.weights = {
      taint: weight('TaintToleration'),
      node: weight('NodeAffinity'),
      spread: weight('PodTopologySpread'),
      pods: weight('InterPodAffinity'),
    };

    this.scores = new Float64Array(model.slotCount);
    this.refused = new Int32Array(model.slotCount);
    this.touchedAt = new Int32Array(model.slotCount).fill(-1);
    this.touched = new Int32Array(model.slotCount);
    this.staticOk = new Uint8Array(model.slotCount);
    const slots = Int32Array.from(prepared.candidates);
    const { refused } = this;
    let count = prepared.failure === null ? slots.length : 0;
    for (const { plugin, filter } of prepared.filters) {
      if (dynamicFilters.has(plugin)) continue;
      count = filter.keep(slots, count, refused);
    }
    for (let i = 0; i < count; i++) this.staticOk[slots[i]!] = 1;
    this.fit = prepared.filters.find(({ plugin }) => plugin === 'NodeResourcesFit')?.filter;

    for (const plugin of scorePlugins) {
      if (!baseScores.has(plugin.name) || weight(plugin.name) === 0) continue;
      const scorer = plugin.preScore(cycle, slots, count);
      if (scorer !== null) this.baseScorers.push({ scorer, weight: weight(plugin.name) });
    }
    this.taints = this.weights.taint === 0 ? new Float64Array(model.slotCount) : intolerableTaints(cycle);
    this.preferred = new Float64Array(model.slotCount);
    for (const { weight: points, matches: matchesNode } of preferredTerms(cycle) ?? []) {
      for (const slot of this.order) if (matchesNode(slot)) this.preferred[slot]! += points;
    }

    const softConstraints = this.weights.spread === 0 ? [] : constraintsOf(cycle, false);
    const needsAllKeys =
      podClass.spreadConstraints.length > 0 || profile.args.podTopologySpread.defaultingType === 'List';
    this.participates = needsAllKeys ? hasAllKeys(model, softConstraints) : () => true;
    const hardConstraints = profile.filters.includes('PodTopologySpread') ? constraintsOf(cycle, true) : [];
    const hasHardKeys = hasAllKeys(model, hardConstraints);
    for (const constraint of hardConstraints) this.hard.push(this.hardSpread(constraint, hasHardKeys));
    for (const constraint of softConstraints) this.soft.push(this.softSpread(constraint, needsAllKeys));
    this.matchesItself = podClass.requiredAffinity.every((term) => this.applies(term, subject));
    if (profile.filters.includes('InterPodAffinity')) this.requiredParts();
    if (this.weights.pods > 0) this.preferredParts();
    this.parts = [...this.hard, ...this.soft, ...this.affinity, ...this.blocked.values(), ...this.preference.values()];

    this.bucketOf = new Int32Array(model.slotCount).fill(-1);
    this.base = new Float64Array(model.slotCount).fill(-1);
    this.computeBases(slots, count);
    for (const slot of this.order) if (this.base[slot]! >= 0) this.enter(slot);
  }

  /** null where buckets cannot tell the nodes apart cheaply or a node needs more than doubles. */
  static make(model: ClusterModel, subject: Subject): Lane | NoLane {
    if (model.anyWide || subject.podClass.hostPorts.length > 0 || model.nodeCount >= rankSpan) return null;
    if (subject.nodeName !== '' || model.nominatedPods().length > 0) return null;
    if (subject.ownLabels !== null && ownLabelsMatter(model, subject)) return null;
    const lane = new Lane(model, subject);
    if (lane.soft.some((part) => !part.few && !part.isHostname)) return null;
    return lane.isScattered ? null : lane;
  }

  // ---- parts

  private applies(term: AffinityTerm, { podClass, labels }: Subject): boolean {
    return termMatches(this.model, term, podClass.namespace, labels);
  }

  private hardSpread(constraint: SpreadConstraint, hasKeys: (slot: number) => boolean): HardSpread {
    const { model, cycle, subject } = this;
    const { ids, values } = model.labelColumn(constraint.topologyKey);
    const includes = inclusionPolicy(cycle, constraint);
    const counted = (slot: number): boolean => hasKeys(slot) && (includes === null || includes(slot));
    const perNode = model.counter(spreadCounter(subject.podClass.namespace, constraint.selector));
    const counts = new Float64Array(values.length);
    const present = new Uint8Array(values.length);
    for (const slot of this.order) {
      if (!counted(slot)) continue;
      counts[ids[slot]!]! += perNode[slot]!;
      present[ids[slot]!] = 1;
    }
    const histogram: number[] = [];
    let domains = 0;
    for (let domain = 0; domain < counts.length; domain++) {
      if (present[domain] === 0) continue;
      domains++;
      histogram[counts[domain]!] = (histogram[counts[domain]!] ?? 0) + 1;
    }
    const selfMatch = matches(constraint.selector, subject.labels) ? 1 : 0;
    const part = {
      ids,
      counts,
      few: values.length <= fewDomains,
      counted,
      delta: (placed: Subject) => this.spreadDelta(constraint, placed),
      most: constraint.maxSkew - selfMatch,
      minDomains: constraint.minDomains,
      domains,
      histogram,
      minimum: 0,
    };
    raiseMinimum(part);
    return part;
  }

  private softSpread(constraint: SpreadConstraint, needsAllKeys: boolean): SoftSpread {
    const { model, cycle, subject } = this;
    const isHostname = constraint.topologyKey === hostnameKey;
    const column = model.labelColumn(constraint.topologyKey);
    const perNode = model.counter(spreadCounter(subject.podClass.namespace, constraint.selector));
    const delta = (placed: Subject): number => this.spreadDelta(constraint, placed);
    const offset = constraint.maxSkew - 1;
    if (isHostname) {
      // The node itself is the domain, whatever other node carries the same hostname; no policy applies.
      const ids = column.ids.map((id, slot) => (id < 0 ? -1 : slot));
      return { ids, counts: Float64Array.from(perNode), few: false, counted: null, delta, isHostname, offset };
    }
    const includes = inclusionPolicy(cycle, constraint);
    const { participates } = this;
    const counted = (slot: number): boolean =>
      (!needsAllKeys || participates(slot)) && (includes === null || includes(slot));
    const counts = new Float64Array(column.values.length);
    for (const slot of this.order) {
      if (column.ids[slot]! >= 0 && counted(slot)) counts[column.ids[slot]!]! += perNode[slot]!;
    }
    const few = column.values.length <= fewDomains;
    return { ids: column.ids, counts, few, counted, delta, isHostname, offset };
  }

  private spreadDelta(constraint: SpreadConstraint, placed: Subject): number {
    const { selector } = constraint;
    if (placed.podClass.namespace !== this.subject.podClass.namespace) return 0;
    return selector !== null && selector.length > 0 && matches(selector, placed.labels) ? 1 : 0;
  }

  private requiredParts(): void {
    const { model, subject, cycle } = this;
    const { requiredAffinity, requiredAntiAffinity } = subject.podClass;
    for (const term of requiredAffinity) {
      const part = this.part(term.topologyKey, { binary: true }, (placed) =>
        requiredAffinity.every((other) => this.applies(other, placed)) ? 1 : 0,
      );
      this.addCounts(part, model.counter(matchedByAll(model, requiredAffinity)), 1);
      const total = part.counts.reduce((sum, count) => sum + count, 0);
      this.affinity.push({ ...part, total });
    }
    for (const term of requiredAntiAffinity) {
      this.addCounts(this.blockedPart(term.topologyKey), model.counter(matchedByAll(model, [term])), 1);
    }
    for (const term of matchingTerms(cycle, 'requiredAntiAffinity')) {
      const holders = model.counter(holdersOf('requiredAntiAffinity', term.key));
      this.addCounts(this.blockedPart(term.topologyKey), holders, 1);
    }
    // Replicas bring the subject's own terms.
    for (const term of requiredAntiAffinity) if (this.applies(term, subject)) this.blockedPart(term.topologyKey);
  }

  private blockedPart(topologyKey: string): Part {
    let part = this.blocked.get(topologyKey);
    if (part === undefined) {
      part = this.part(topologyKey, { binary: true }, (placed) => {
        let sum = 0;
        for (const term of this.subject.podClass.requiredAntiAffinity) {
          if (term.topologyKey === topologyKey && this.applies(term, placed)) sum++;
        }
        for (const term of placed.podClass.requiredAntiAffinity) {
          if (term.topologyKey === topologyKey && this.applies(term, this.subject)) sum++;
        }
        return sum;
      });
      this.blocked.set(topologyKey, part);
    }
    return part;
  }

  private preferredParts(): void {
    const { model, subject, cycle } = this;
    const { hardPodAffinityWeight, ignorePreferredTermsOfExistingPods } = cycle.profile.args.interPodAffinity;
    const { preferredAffinity, preferredAntiAffinity } = subject.podClass;
    if (ignorePreferredTermsOfExistingPods && preferredAffinity.length + preferredAntiAffinity.length === 0) return;
    for (const { term, weight } of preferredAffinity) {
      this.addCounts(this.preferencePart(term.topologyKey), model.counter(matchedByAll(model, [term])), weight);
    }
    for (const { term, weight } of preferredAntiAffinity) {
      this.addCounts(this.preferencePart(term.topologyKey), model.counter(matchedByAll(model, [term])), -weight);
    }
    const addHolders = (
      kind: 'requiredAffinity' | 'preferredAffinity' | 'preferredAntiAffinity',
      sign: number,
    ): void => {
      if (sign === 0) return;
      for (const term of matchingTerms(cycle, kind)) {
        this.addCounts(this.preferencePart(term.topologyKey), model.counter(holdersOf(kind, term.key)), sign);
      }
    };
    addHolders('requiredAffinity', hardPodAffinityWeight);
    addHolders('preferredAffinity', 1);
    addHolders('preferredAntiAffinity', -1);
    for (const topologyKey of this.preferenceKeys(subject)) this.preferencePart(topologyKey);
  }

  /** Topology keys of terms of the placed pod that bear on the subject's scores. */
  private *preferenceKeys({ podClass }: Subject): Generator<string> {
    if (this.cycle.profile.args.interPodAffinity.hardPodAffinityWeight > 0) {
      for (const term of podClass.requiredAffinity) if (this.applies(term, this.subject)) yield term.topologyKey;
    }
    for (const { term } of podClass.preferredAffinity) if (this.applies(term, this.subject)) yield term.topologyKey;
    for (const { term } of podClass.preferredAntiAffinity) if (this.applies(term, this.subject)) yield term.topologyKey;
  }

  private preferencePart(topologyKey: string): Part {
    let part = this.preference.get(topologyKey);
    if (part === undefined) {
      const { hardPodAffinityWeight } = this.cycle.profile.args.interPodAffinity;
      part = this.part(topologyKey, { signed: true }, (placed) => {
        let sum = 0;
        const own = this.subject.podClass;
        const add = (term: AffinityTerm, pod: Subject, weight: number): void => {
          if (term.topologyKey === topologyKey && this.applies(term, pod)) sum += weight;
        };
        for (const { term, weight } of own.preferredAffinity) add(term, placed, weight);
        for (const { term, weight } of own.preferredAntiAffinity) add(term, placed, -weight);
        for (const term of placed.podClass.requiredAffinity) add(term, this.subject, hardPodAffinityWeight);
        for (const { term, weight } of placed.podClass.preferredAffinity) add(term, this.subject, weight);
        for (const { term, weight } of placed.podClass.preferredAntiAffinity) add(term, this.subject, -weight);
        return sum;
      });
      this.preference.set(topologyKey, part);
    }
    return part;
  }

  private part(topologyKey: string, kind: Pick<Part, 'signed' | 'binary'>, delta: (placed: Subject) => number): Part {
    const { ids, values } = this.model.labelColumn(topologyKey);
    const few = values.length <= fewDomains;
    return { ids, counts: new Float64Array(values.length), few, counted: null, ...kind, delta };
  }

  private addCounts(part: Part, perNode: Int32Array, weight: number): void {
    for (const slot of this.order) {
      const domain = part.ids[slot]!;
      if (domain >= 0) part.counts[domain]! += weight * perNode[slot]!;
    }
  }

  // ---- nodes and buckets

  /** Writes the bases of the first `count` nodes of `slots`, -1 where the pod has no room. Reorders `slots`. */
  private computeBases(slots: Int32Array, count: number): void {
    const { base } = this;
    for (let i = 0; i < count; i++) base[slots[i]!] = -1;
    const left = this.fit === undefined ? count : this.fit.keep(slots, count, this.refused);
    const { scores } = this;
    scores.fill(0, 0, left);
    for (const { scorer, weight } of this.baseScorers) scorer.add(weight, slots, left, scores);
    for (let i = 0; i < left; i++) base[slots[i]!] = scores[i]!;
  }

  /** Puts a node with room into its bucket. */
  private enter(slot: number): void {
    const { parts, levels } = this;
    let id = 0;
    let level = 0;
    const step = (value: number): void => {
      const map = (levels[level] ??= new Map());
      if (Math.abs(value) >= valueSpan) this.overflow = true;
      const key = id * 2 * valueSpan + (value + valueSpan);
      let next = map.get(key);
      if (next === undefined) map.set(key, (next = map.size));
      id = next;
      level++;
    };
    step(this.taints[slot]!);
    step(this.preferred[slot]!);
    step(this.participates(slot) ? 1 : 0);
    for (const part of parts) step(valueAt(part, slot));
    let bucket = this.buckets[id];
    if (bucket === undefined) {
      bucket = {
        values: parts.map((part) => valueAt(part, slot)),
        taints: this.taints[slot]!,
        preferred: this.preferred[slot]!,
        participates: this.participates(slot),
        heap: [],
        feasible: 0,
      };
      this.buckets[id] = bucket;
    }
    this.bucketOf[slot] = id;
    bucket.feasible++;
    this.offer(id, slot);
  }

  /** Adds the node's entry to its bucket's heap; entries that no longer hold are swept out when they are most of it. */
  private offer(id: number, slot: number): void {
    const bucket = this.buckets[id]!;
    const base = this.base[slot]!;
    if (base >= baseSpan) this.overflow = true;
    if (!this.hasHeaps) return;
    push(bucket.heap, base * rankSpan + (rankSpan - 1 - this.rank[slot]!));
    if (bucket.heap.length > 4 * bucket.feasible + 256) {
      const live = new Set(bucket.heap.filter((entry) => this.holds(id, entry)));
      // Descending order is a heap.
      bucket.heap = [...live].sort((a, b) => b - a);
    }
  }

  /** Whether a heap entry is the node's present one. */
  private holds(id: number, entry: number): boolean {
    const base = Math.floor(entry / rankSpan);
    const slot = this.order[rankSpan - 1 - (entry - base * rankSpan)]!;
    return this.bucketOf[slot] === id && this.base[slot] === base;
  }

  private leave(slot: number): void {
    const id = this.bucketOf[slot]!;
    if (id < 0) return;
    this.buckets[id]!.feasible--;
    this.bucketOf[slot] = -1;
  }

  /** Whether the heaps are kept; else `tops` is filled for every pick. */
  private hasHeaps = false;
  /** Uses in a row that changed few nodes. */
  private calmUses = 0;
  /** By bucket, its best node as a heap entry. */
  private tops = new Float64Array(0);

  private chooseStructure(changes: number): void {
    if (changes > Math.max(fewChanges, this.order.length >> 7)) {
      this.hasHeaps = false;
      this.calmUses = 0;
    } else if (!this.hasHeaps && ++this.calmUses > calmUsesBeforeHeaps) this.buildHeaps();
  }

  private buildHeaps(): void {
    const { buckets, order, bucketOf, base } = this;
    for (const bucket of buckets) bucket.heap = [];
    for (let rank = 0; rank < order.length; rank++) {
      const slot = order[rank]!;
      const id = bucketOf[slot]!;
      if (id >= 0) push(buckets[id]!.heap, base[slot]! * rankSpan + (rankSpan - 1 - rank));
    }
    this.hasHeaps = true;
  }

  private scanTops(): void {
    const { buckets, order, bucketOf, base } = this;
    if (this.tops.length < buckets.length) this.tops = new Float64Array(buckets.length * 2);
    const { tops } = this;
    tops.fill(-1);
    for (let rank = 0; rank < order.length; rank++) {
      const slot = order[rank]!;
      const id = bucketOf[slot]!;
      if (id < 0) continue;
      const entry = base[slot]! * rankSpan + (rankSpan - 1 - rank);
      if (entry > tops[id]!) tops[id] = entry;
    }
  }

  /** The best node with room in the bucket, as a heap entry; -1: none. */
  private top(id: number): number {
    if (!this.hasHeaps) return this.tops[id]!;
    const { heap } = this.buckets[id]!;
    while (heap.length > 0) {
      const entry = heap[0]!;
      if (this.holds(id, entry)) return entry;
      pop(heap);
    }
    return -1;
  }

  /**
   * Takes placed pods into account.
   * @returns false when the lane cannot: it has to be made anew
   */
  catchUp({ subjects, kinds, slots: placed }: PlacementLog): boolean {
    const { touched, touchedAt, staticOk, base, deltas } = this;
    const from = this.position;
    let count = 0;
    const end = placed.length;
    for (let at = from; at < end; at++) {
      const slot = placed[at]!;
      const kind = kinds[at]!;
      let delta = deltas[kind];
      if (delta === undefined) {
        delta = this.deltasOf(subjects[kind]!);
        deltas[kind] = delta;
      }
      if (delta === null) return false;
      if (delta !== noEffect) this.move(delta, slot);
      // However many pods came to a node, it is scored once.
      if (staticOk[slot] === 0 || base[slot] === -1 || touchedAt[slot]! >= from) continue;
      touchedAt[slot] = at;
      touched[count++] = slot;
    }
    this.position = end;
    const slots = touched.slice(0, count);
    const before = new Float64Array(count);
    for (let i = 0; i < count; i++) before[i] = base[slots[i]!]!;
    this.computeBases(slots, count);
    for (let i = 0; i < count; i++) {
      const slot = touched[i]!;
      if (base[slot] === -1) this.leave(slot);
      else if (base[slot] !== before[i]) this.offer(this.bucketOf[slot]!, slot);
    }
    this.chooseStructure(count);
    return true;
  }

  /** Nodes with new pods, and the log position at which each was last seen. */
  private readonly touched: Int32Array;
  private readonly touchedAt: Int32Array;

  /** Adds what a placed pod adds to the domains of its node; nodes whose values change go to other buckets. */
  private move(deltas: Float64Array, slot: number): void {
    const { parts } = this;
    let moved = false;
    for (let i = 0; i < parts.length; i++) {
      const delta = deltas[i]!;
      if (delta === 0) continue;
      const part = parts[i]!;
      const domain = part.ids[slot]!;
      if (domain < 0 || (part.counted !== null && !part.counted(slot))) continue;
      const before = part.counts[domain]!;
      part.counts[domain] = before + delta;
      if ('histogram' in part) moveInHistogram(part as HardSpread, before, before + delta);
      if ('total' in part) (part as Affinity).total += delta;
      if (part.few) continue;
      moved = true;
      // Other nodes of the domain move, too, when it is more than the node.
      for (const other of this.membersOf(part, domain)) if (other !== slot) this.reenter(other);
    }
    if (moved) this.reenter(slot);
  }

  private reenter(slot: number): void {
    if (this.bucketOf[slot]! < 0) return;
    this.leave(slot);
    this.enter(slot);
  }

  private readonly members = new Map<Part, number[][]>();

  private membersOf(part: Part, domain: number): readonly number[] {
    if ('isHostname' in part && part.isHostname === true) return [];
    let members = this.members.get(part);
    if (members === undefined) {
      members = Array.from(part.counts, () => []);
      for (const slot of this.order) if (part.ids[slot]! >= 0) members[part.ids[slot]!]!.push(slot);
      this.members.set(part, members);
    }
    return members[domain]!;
  }

  /** null: the pod holds a term about a topology key that the lane does not follow. */
  private deltasOf(pod: Subject): Float64Array | null {
    if (!this.follows(pod)) return null;
    const deltas = Float64Array.from(this.parts, (part) => part.delta(pod));
    return deltas.every((delta) => delta === 0) ? noEffect : deltas;
  }

  private follows(pod: Subject): boolean {
    if (this.subject.ownLabels !== null && termsOf(pod.podClass).some(({ selector }) => namesOwnLabel(selector)))
      return false;
    if (this.cycle.profile.filters.includes('InterPodAffinity')) {
      for (const term of pod.podClass.requiredAntiAffinity) {
        if (!this.blocked.has(term.topologyKey) && this.applies(term, this.subject)) return false;
      }
    }
    const { ignorePreferredTermsOfExistingPods } = this.cycle.profile.args.interPodAffinity;
    const { preferredAffinity, preferredAntiAffinity } = this.subject.podClass;
    const scoresOthers =
      !ignorePreferredTermsOfExistingPods || preferredAffinity.length + preferredAntiAffinity.length > 0;
    if (this.weights.pods > 0 && scoresOthers) {
      for (const topologyKey of this.preferenceKeys(pod)) if (!this.preference.has(topologyKey)) return false;
    }
    return true;
  }

  // ---- picking

  private readonly live: number[] = [];

  /** The node slot that the ordinary cycle would choose, -1 when none is feasible. */
  pick(): number {
    const { buckets, live, weights } = this;
    live.length = 0;
    for (let id = 0; id < buckets.length; id++) {
      const bucket = buckets[id]!;
      if (bucket.feasible > 0 && this.admits(bucket)) live.push(id);
    }
    if (live.length === 0) return -1;
    if (!this.hasHeaps) this.scanTops();
    let maxTaints = 0;
    let maxPreferred = 0;
    for (const id of live) {
      const { taints, preferred } = buckets[id]!;
      if (taints > maxTaints) maxTaints = taints;
      if (preferred > maxPreferred) maxPreferred = preferred;
    }
    const spread = this.spreadScores();
    const pods = this.preferenceScores();
    let bestTotal = Number.NEGATIVE_INFINITY;
    let bestRank = rankSpan;
    live.forEach((id, i) => {
      const { taints, preferred } = buckets[id]!;
      const taintScore =
        maxTaints === 0 ? maxNodeScore : maxNodeScore - Math.floor((maxNodeScore * taints) / maxTaints);
      const nodeScore = maxPreferred === 0 ? 0 : Math.floor((maxNodeScore * preferred) / maxPreferred);
      const entry = this.top(id);
      const total =
        Math.floor(entry / rankSpan) +
        weights.taint * taintScore +
        weights.node * nodeScore +
        weights.spread * (spread[i] ?? 0) +
        weights.pods * (pods[i] ?? 0);
      const rank = rankSpan - 1 - (entry - Math.floor(entry / rankSpan) * rankSpan);
      if (total > bestTotal || (total === bestTotal && rank < bestRank)) {
        bestTotal = total;
        bestRank = rank;
      }
    });
    return this.order[bestRank]!;
  }

  /** The filters that all nodes of a bucket share. */
  private admits({ values }: Bucket): boolean {
    let at = 0;
    for (const part of this.hard) {
      const value = values[at++]!;
      if (value < 0) return false;
      const minimum = part.domains < part.minDomains ? 0 : part.minimum;
      if (countOf(part, value) > part.most + minimum) return false;
    }
    at += this.soft.length;
    const anywhere = this.matchesItself && this.affinity.every(({ total }) => total === 0);
    for (const part of this.affinity) {
      const value = values[at++]!;
      if (value < 0 || (!anywhere && countOf(part, value) <= 0)) return false;
    }
    for (const part of this.blocked.values()) {
      const value = values[at++]!;
      if (value >= 0 && countOf(part, value) > 0) return false;
    }
    return true;
  }

  /** Normalised, at the positions of `live`. */
  private spreadScores(): readonly number[] {
    const { soft, live, buckets } = this;
    if (soft.length === 0) return [];
    const first = this.hard.length;
    const logs = soft.map((part, k) => {
      let size = 0;
      const seen = new Set<number>();
      for (const id of live) {
        const { participates, feasible, values } = buckets[id]!;
        if (!participates) continue;
        if (part.isHostname) size += feasible;
        else seen.add(values[first + k]!);
      }
      return Math.log((part.isHostname ? size : seen.size) + 2);
    });
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    const raws = live.map((id) => {
      const { participates, values } = buckets[id]!;
      if (!participates) return -1;
      let raw = 0;
      soft.forEach((part, k) => {
        const value = values[first + k]!;
        if (value >= 0) raw += countOf(part, value) * logs[k]! + part.offset;
      });
      const rounded = Math.round(raw);
      if (rounded < min) min = rounded;
      if (rounded > max) max = rounded;
      return rounded;
    });
    return raws.map((raw) => {
      if (raw === -1) return 0;
      return max === 0 ? maxNodeScore : Math.trunc((maxNodeScore * (max + min - raw)) / max);
    });
  }

  private preferenceScores(): readonly number[] {
    const { preference, live, buckets } = this;
    if (preference.size === 0) return [];
    const first = this.parts.length - preference.size;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    const raws = live.map((id) => {
      const { values } = buckets[id]!;
      let raw = 0;
      let at = first;
      for (const part of preference.values()) {
        const value = values[at++]!;
        // With many domains the value is the sum itself, and a node without the label has 0.
        raw += part.few ? (value < 0 ? 0 : part.counts[value]!) : value;
      }
      if (raw < min) min = raw;
      if (raw > max) max = raw;
      return raw;
    });
    const range = max - min;
    return raws.map((raw) => (range > 0 ? Math.trunc(maxNodeScore * ((raw - min) / range)) : 0));
  }

  /** More buckets than are worth looking at one by one. */
  get isScattered(): boolean {
    return this.overflow || this.buckets.length * 8 > Math.max(this.order.length, 512);
  }
}

/** What tells the node's bucket from others: its domain where there are few, else its count; -1 without the label. */
function valueAt(part: Part, slot: number): number {
  const domain = part.ids[slot]!;
  if (part.few) return domain;
  if (domain < 0) return part.signed ? 0 : -1;
  const count = part.counts[domain]!;
  return part.binary ? Math.min(count, 1) : count;
}

/** The count behind a bucket's value that is not -1. */
function countOf(part: Part, value: number): number {
  return part.few ? part.counts[value]! : value;
}

function raiseMinimum(part: { readonly histogram: number[]; minimum: number }): void {
  while (part.minimum < part.histogram.length && !(part.histogram[part.minimum]! > 0)) part.minimum++;
}

/** A domain's count has grown. */
function moveInHistogram(part: HardSpread, before: number, after: number): void {
  part.histogram[before]!--;
  part.histogram[after] = (part.histogram[after] ?? 0) + 1;
  raiseMinimum(part);
}

// ---- a binary heap, largest first

function push(heap: number[], entry: number): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! >= entry) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

/** Drops the largest. */
function pop(heap: number[]): void {
  const last = heap.pop()!;
  const size = heap.length;
  if (size === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1]! > heap[child]!) child++;
    if (heap[child]! <= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}

/**
 * Own labels differ from replica to replica: whether some selector that decides about the subject names one, so that
 * replicas of one class are not alike.
 */
function ownLabelsMatter(model: ClusterModel, { podClass }: Subject): boolean {
  const { terms } = model.classGroups();
  if (Object.values(terms).some((group) => group.namesOwnLabels)) return true;
  if (termsOf(podClass).some(({ selector }) => namesOwnLabel(selector))) return true;
  if (podClass.spreadConstraints.some(({ selector }) => namesOwnLabel(selector))) return true;
  return selectsOwnLabels(model, podClass.namespace);
}

const dynamicFilters: ReadonlySet<string> = new Set(['NodeResourcesFit', 'PodTopologySpread', 'InterPodAffinity']);
const baseScores: ReadonlySet<string> = new Set([
  'NodeResourcesFit',
  'NodeResourcesBalancedAllocation',
  'ImageLocality',
]);
