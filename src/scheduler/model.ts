/**
 * One cluster as columns over nodes and pods. A published model is never changed: `fork()` gives a private copy that
 * shares everything until written, `apply()` changes it (see `docs/architecture.md`).
 *
 * A *slot* numbers a node, a pod or a pod class. Node slots stay while the node lives; `nodeSlots()` lists them by name.
 * A bound pod whose node is not stored keeps a *ghost* slot of that name: it occupies nothing that is looked at, and is
 * there when the node comes.
 */
import type { JsonObject, Labels, Node } from '../kubernetes/types.js';
import { compareBytes, hashText } from './bytes.js';
import { Column } from './columns.js';
import type { ModelChange, PodRecord, ReservationRecord } from './model-change.js';
import { PodFlag } from './model-change.js';
import { NodeUsage } from './node-usage.js';
import { noImages, NodeView, type LabelColumn } from './node-view.js';
import type { AffinityTerm } from './affinity-term.js';
import { isOwnLabel } from './pod-shape.js';
import { podClass, type PodClass, type TermKind } from './pod-class.js';
import {
  CPU,
  EPHEMERAL_STORAGE,
  exactLimit,
  isScheduledResource,
  MEMORY,
  resourceId,
  resourceName,
} from './resources.js';
import { SharedMap } from './shared-map.js';
import { StoredObjects } from './stored-objects.js';

const none = -1;

/** Internal flag: the pod slot holds a reservation, not a pod. */
const reservedFlag = 1 << 30;

/** Nodes and pods that a checksum takes in between two pauses. */
const itemsAStep = 500;

const phaseSucceeded = 3;
const phaseFailed = 4;

/** Counts pods per node, kept current while pods come and go. See `ClusterModel.counter`. */
export interface CounterDefinition {
  /** Equal key, equal counts. */
  readonly key: string;
  /** Namespaces that counted pods may be in; null: any. */
  readonly namespaces: readonly string[] | null;
  /** What a pod of the class adds on its node; 0 for classes that are not counted. */
  weight(podClass: PodClass): number;
  /** Present when own labels decide: what this one pod adds. Called only for pods that have own labels. */
  podWeight?(podClass: PodClass, labels: Labels): number;
  /** Whether pods with a deletionTimestamp count. */
  readonly countsTerminating: boolean;
}

/** Pods by value number of a label. */
interface CountsByValue {
  readonly column: LabelColumn;
  readonly sums: Int32Array;
  /** Σ of `sums`. */
  total: number;
}

interface Counter {
  readonly definition: CounterDefinition;
  counts: Int32Array;
  /** `counts` by value of a label. */
  byValue: CountsByValue[];
  own: boolean;
  lastUse: number;
}

/** Labels by whose values one counter is summed at a time. */
const mostSummedLabels = 4;

/** Grants that are remembered at least, while nothing else changes. */
const grantsKept = 4096;

/** Counters beyond these bytes are dropped, the longest unused first. */
const counterBytesLimit = 48 * 1024 * 1024;

interface NodeEntry {
  readonly name: string;
  /** null: a ghost. */
  readonly node: Node | null;
}

/** Pods that stand for nothing on a node: finished ones. */
function isActive(flags: number): boolean {
  const phase = flags & PodFlag.phaseMask;
  return phase !== phaseSucceeded && phase !== phaseFailed;
}

let lastStamp = 0;
/** Unique over all models: equal stamp, equal content. */
function newStamp(): number {
  return ++lastStamp;
}

export class ClusterModel {
  // Nodes -------------------------------------------------------------------------------------------------------------
  private nodes: (NodeEntry | null)[] = [];
  private nodeIndex = new Map<string, number>();
  private ownsNodes = true;
  private freeNodes: number[] = [];
  /** Live slots by name; null: to be sorted. */
  private order: Int32Array | null = null;
  private view: NodeView | null = null;
  /** Moves with names, labels, taints, images, features and cordons: all that `NodeView` derives from. */
  nodesStamp = newStamp();
  /** Moves with pod classes that have host ports or affinity terms, and with namespaces. */
  classesStamp = newStamp();
  /** Moves with every change. */
  stamp = newStamp();
  /** How many changes this model and those that it was forked from have taken in. */
  changes = 0;
  /** The last changes of this very model as far as they were reservations granted; the first is number `grantsFrom`. */
  private grants: ReservationRecord[] = [];
  private grantsFrom = 0;

  /** Highest node slot in use + 1. */
  slotCount = 0;
  private rows = 0;
  private ownsCapacity = true;
  private ownsUsage = true;
  /** By resource id, then node slot; absent: nobody has any. */
  allocatable: (Float64Array | undefined)[] = [];
  allocatablePods: Int32Array = new Int32Array(0);
  requested: (Float64Array | undefined)[] = [];
  nonZeroCpu: Float64Array = new Float64Array(0);
  nonZeroMemory: Float64Array = new Float64Array(0);
  /** Pods and reservations on the node that are not finished. */
  podCounts: Int32Array = new Int32Array(0);
  /** 1: some amount is beyond `exactLimit`; sums are to be made of the pods in BigInt. */
  wide: Uint8Array = new Uint8Array(0);
  /** Some node is wide. */
  anyWide = false;
  /** Derived from the columns above; null: to be made. */
  private usage: NodeUsage | null = null;
  private ownsUsageColumns = true;
  /** Nodes that have changed since `usage` was current, some perhaps more than once. */
  private usageChanges: number[] = [];
  /** Head of the list of the node's pod slots. */
  private nodeFirst: Int32Array = new Int32Array(0);

  // Pods --------------------------------------------------------------------------------------------------------------
  private podClassOf = Column.int32();
  private podNode = Column.int32();
  private podFlags = Column.int32();
  private podHash = Column.int32();
  private podNames = Column.of<string>('');
  private podOwnLabels = Column.of<string | null>(null);
  private podStart = Column.float64();
  private podCreation = Column.float64();
  private nodeNext = Column.int32();
  private nodePrevious = Column.int32();
  private classNext = Column.int32();
  private classPrevious = Column.int32();
  private freePods: number[] = [];
  private ownsFreePods = true;
  private podSlots = 0;
  /** Open addressing: 0 empty, -1 deleted, else pod slot + 1. */
  private table = Column.int32();
  private tableSize = 0;
  private tableUsed = 0;
  private nominations = new Map<number, string>();
  private ownsNominations = true;
  private reservationSlots = new SharedMap();

  /** Pods stored (reservations not included), finished ones too. */
  podCount = 0;
  /** Pods without a node that are not finished. */
  pendingCount = 0;
  /** Pods bound to a node that is not stored, not finished. */
  orphanCount = 0;

  // Classes -----------------------------------------------------------------------------------------------------------
  private classes: (PodClass | null)[] = [];
  private classIndex = new Map<string, number>();
  private ownsClasses = true;
  private freeClasses: number[] = [];
  private classFirst = Column.int32();
  private classCount = Column.int32();
  private groups: GrowingGroups | null = null;
  private ownsGroups = false;

  // Counters ----------------------------------------------------------------------------------------------------------
  private counters = new Map<string, Counter>();
  private affected: (Counter[] | undefined)[] = [];
  private uses = 0;

  /** Everything that is neither node nor pod. */
  objects = new StoredObjects();
  /** A validated KubeSchedulerConfiguration, null: the defaults. */
  scheduler: JsonObject | null = null;

  private constructor() {}

  static empty(): ClusterModel {
    return new ClusterModel();
  }

  /**
   * A private copy: neither sees what the other does from now on. Costs lists of chunks; what is written is copied then.
   */
  fork(): ClusterModel {
    const copy = new ClusterModel();
    this.ownsNodes = this.ownsCapacity = this.ownsUsage = this.ownsFreePods = false;
    this.ownsNominations = this.ownsClasses = this.ownsUsageColumns = this.ownsGroups = false;
    Object.assign(copy, this);
    copy.usageChanges = this.usageChanges.slice();
    copy.podClassOf = this.podClassOf.fork();
    copy.podNode = this.podNode.fork();
    copy.podFlags = this.podFlags.fork();
    copy.podHash = this.podHash.fork();
    copy.podNames = this.podNames.fork();
    copy.podOwnLabels = this.podOwnLabels.fork();
    copy.podStart = this.podStart.fork();
    copy.podCreation = this.podCreation.fork();
    copy.nodeNext = this.nodeNext.fork();
    copy.nodePrevious = this.nodePrevious.fork();
    copy.classNext = this.classNext.fork();
    copy.classPrevious = this.classPrevious.fork();
    copy.classFirst = this.classFirst.fork();
    copy.classCount = this.classCount.fork();
    copy.table = this.table.fork();
    copy.objects = this.objects.fork();
    copy.reservationSlots = this.reservationSlots.fork();
    copy.grants = [];
    copy.grantsFrom = this.changes;
    copy.affected = [];
    copy.counters = new Map();
    for (const [key, counter] of this.counters) {
      counter.own = false;
      copy.counters.set(key, { ...counter });
    }
    return copy;
  }

  /**
   * Takes over what an equal model (`stamp`) has derived of itself since one of the two was forked from the other: sorted
   * nodes and their view, classes by group, counters, columns derived from amounts.
   */
  adoptDerived(other: ClusterModel): void {
    if (other.usage !== null && (this.usage === null || other.usageChanges.length < this.usageChanges.length)) {
      this.usage = other.usage;
      this.usageChanges = other.usageChanges.slice();
      this.ownsUsageColumns = other.ownsUsageColumns = false;
    }
    this.order ??= other.order;
    this.view ??= other.view;
    this.groups ??= other.groups;
    for (const [key, counter] of other.counters) {
      const known = this.counters.get(key);
      if (known !== undefined) known.lastUse = Math.max(known.lastUse, counter.lastUse);
      else {
        counter.own = false;
        this.counters.set(key, { ...counter });
        this.affected = [];
      }
    }
    this.uses = Math.max(this.uses, other.uses);
  }

  /** A copy without the reservations. */
  withoutReservations(): ClusterModel {
    const copy = this.fork();
    for (const { id } of this.reservations()) copy.apply({ type: 'reservation', id, reservation: null });
    return copy;
  }

  apply(change: ModelChange): void {
    let granted: ReservationRecord | null = null;
    if (change.type === 'reservation') {
      const slot = this.reservationSlots.get(change.id);
      // One that is renewed occupies what it did; one that is not there cannot end.
      if (slot === undefined ? change.reservation === null : this.isHeldBy(slot, change.reservation)) return;
      if (slot === undefined) granted = change.reservation;
    }
    this.stamp = newStamp();
    this.changes++;
    switch (change.type) {
      case 'node':
        if (change.node === null) this.removeNode(change.name);
        else this.putNode(change.name, change.node);
        break;
      case 'pod':
        this.putPod(change.namespace, change.name, change.pod);
        break;
      case 'reservation':
        this.putReservation(change.id, change.reservation);
        break;
      case 'object':
        this.objects.put(change.group, change.kind, change.namespace, change.name, change.object);
        if (change.kind === 'Namespace') this.namespacesChanged();
        break;
      case 'scheduler':
        this.scheduler = change.configuration;
        break;
    }
    this.remember(granted);
  }

  /** Adds pods that the model does not have, as when it is made of rows: none is looked for first. */
  addPods(pods: Iterable<PodRecord>): void {
    let added = 0;
    for (const pod of pods) {
      this.addPod(pod, hashOf(pod.namespace, pod.name));
      added++;
    }
    if (added === 0) return;
    this.stamp = newStamp();
    this.changes += added;
    this.remember(null);
  }

  /** @param granted null: the last change was something else */
  private remember(granted: ReservationRecord | null): void {
    if (granted === null) {
      if (this.grants.length > 0) this.grants = [];
      this.grantsFrom = this.changes;
      return;
    }
    this.grants.push(granted);
    if (this.grants.length < 2 * grantsKept) return;
    this.grants.splice(0, grantsKept);
    this.grantsFrom += grantsKept;
  }

  /**
   * The reservations granted since `changes` had the given value; null when anything else has changed, or when it is too
   * long ago. Of this very model: a fork remembers none from before.
   */
  grantedSince(changes: number): readonly ReservationRecord[] | null {
    return changes < this.grantsFrom ? null : this.grants.slice(changes - this.grantsFrom);
  }

  // Node queries ------------------------------------------------------------------------------------------------------

  get nodeCount(): number {
    return this.nodeSlots().length;
  }

  /** Slots of the nodes, by name bytewise. Do not change. */
  nodeSlots(): Int32Array {
    if (this.order === null) {
      const slots: number[] = [];
      for (let slot = 0; slot < this.slotCount; slot++) if (this.nodes[slot]?.node) slots.push(slot);
      slots.sort((a, b) => compareBytes(this.nodes[a]!.name, this.nodes[b]!.name));
      this.order = Int32Array.from(slots);
    }
    return this.order;
  }

  /** Slot of a stored node, -1 when there is none. */
  nodeSlot(name: string): number {
    const slot = this.nodeIndex.get(name);
    return slot !== undefined && this.nodes[slot]!.node !== null ? slot : none;
  }

  nodeName(slot: number): string {
    return this.nodes[slot]!.name;
  }

  /** By node slot; zeros where nobody has any. Valid until the next change. */
  allocatableColumn(id: number): Float64Array {
    return this.allocatable[id] ?? this.zeroColumn();
  }

  requestedColumn(id: number): Float64Array {
    return this.requested[id] ?? this.zeroColumn();
  }

  private zeros: Float64Array = new Float64Array(0);

  private zeroColumn(): Float64Array {
    if (this.zeros.length < this.rows) this.zeros = new Float64Array(this.rows);
    return this.zeros;
  }

  /** The node as read. */
  node(slot: number): Node {
    return this.nodes[slot]!.node!;
  }

  /** Columns derived from nodes: labels, taints, images. */
  nodeView(): NodeView {
    if (this.view === null) {
      this.view = new NodeView(
        this.nodes.slice(0, this.slotCount).map((entry) => entry?.node ?? null),
        this.nodeSlots(),
      );
    }
    return this.view;
  }

  labelColumn(key: string): LabelColumn {
    return this.nodeView().labelColumn(key);
  }

  /** Columns derived from the amounts on the nodes. Valid until the next change. */
  nodeUsage(): NodeUsage {
    if (this.usage === null) {
      this.usage = new NodeUsage();
      this.ownsUsageColumns = true;
      this.usageChanges = [];
    } else if (this.usageChanges.length > 0) {
      if (!this.ownsUsageColumns) this.usage = this.usage.copy();
      this.ownsUsageColumns = true;
      this.usage.refresh(this, this.usageChanges);
      this.usageChanges = [];
    }
    return this.usage;
  }

  private usageChanged(node: number): void {
    if (this.usage === null) return;
    this.usageChanges.push(node);
    // Beyond that all is computed anew as fast.
    if (this.usageChanges.length * 4 > this.slotCount) this.usage = null;
  }

  /** Resource name → allocatable amount in the scheduler's units, `pods` included. Sorted by name. */
  allocatableOf(slot: number): Map<string, bigint> {
    const amounts = new Map<string, bigint>();
    for (const [name, quantity] of this.node(slot).status.allocatable) {
      amounts.set(name, name === 'cpu' ? quantity.milliValue() : quantity.value());
    }
    return new Map([...amounts].sort(([a], [b]) => compareBytes(a, b)));
  }

  /** Resource name → amount that the node's pods are charged, exact, `pods` included. Sorted by name. */
  requestedOf(slot: number): Map<string, bigint> {
    const sums = new Map<number, bigint>();
    if (this.wide[slot] === 1) {
      this.forEachPodOn(slot, (pod) => {
        for (const [id, amount] of chargedExactly(this.classOfPod(pod))) sums.set(id, (sums.get(id) ?? 0n) + amount);
      });
    } else {
      this.requested.forEach((column, id) => {
        if (column !== undefined && column[slot]! > 0) sums.set(id, BigInt(column[slot]!));
      });
    }
    const named = [...sums].map(([id, amount]) => [resourceName(id), amount] as [string, bigint]);
    named.push(['pods', BigInt(this.podCounts[slot]!)]);
    return new Map(named.sort(([a], [b]) => compareBytes(a, b)));
  }

  /** The pods and reservations on a node that are not finished, by namespace and name. */
  podsOn(slot: number): PodRecord[] {
    return this.podSlotsOn(slot).map((pod) => this.podAt(pod));
  }

  /** Their slots, in the same order. */
  podSlotsOn(slot: number): number[] {
    const pods: number[] = [];
    this.forEachPodOn(slot, (pod) => pods.push(pod));
    return pods.sort((a, b) => this.comparePods(a, b));
  }

  forEachPodOn(slot: number, visit: (pod: number) => void): void {
    for (let pod = this.nodeFirst[slot]!; pod !== none; pod = this.nodeNext.get(pod)) visit(pod);
  }

  // Pod queries -------------------------------------------------------------------------------------------------------

  /** Slot of a stored pod, -1 when there is none. */
  podSlot(namespace: string, name: string): number {
    return this.find(namespace, name, hashOf(namespace, name));
  }

  pod(namespace: string, name: string): PodRecord | undefined {
    const slot = this.podSlot(namespace, name);
    return slot === none ? undefined : this.podAt(slot);
  }

  podAt(slot: number): PodRecord {
    const compiled = this.classOfPod(slot);
    const start = this.podStart.get(slot);
    const creation = this.podCreation.get(slot);
    const node = this.podNode.get(slot);
    return {
      namespace: compiled.namespace,
      name: this.podNames.get(slot),
      nodeName: node === none ? '' : this.nodes[node]!.name,
      shape: compiled.shape,
      ownLabels: this.podOwnLabels.get(slot),
      flags: this.podFlags.get(slot) & ~reservedFlag,
      startTime: Number.isNaN(start) ? null : start,
      creationTime: Number.isNaN(creation) ? null : creation,
      nominatedNodeName: this.nominations.get(slot) ?? '',
    };
  }

  classOfPod(slot: number): PodClass {
    return this.classes[this.podClassOf.get(slot)]!;
  }

  podName(slot: number): string {
    return this.podNames.get(slot);
  }

  /** `namespace/name` */
  podKey(slot: number): string {
    return `${this.classOfPod(slot).namespace}/${this.podNames.get(slot)}`;
  }

  podFlagsOf(slot: number): number {
    return this.podFlags.get(slot) & ~reservedFlag;
  }

  isReservation(slot: number): boolean {
    return (this.podFlags.get(slot) & reservedFlag) !== 0;
  }

  /** Milliseconds; NaN when unknown. */
  podStartTime(slot: number): number {
    return this.podStart.get(slot);
  }

  /** Node slot (perhaps a ghost's), -1 when pending. */
  nodeOfPod(slot: number): number {
    return this.podNode.get(slot);
  }

  /** All labels of the pod. */
  podLabels(slot: number): Labels {
    return mergedLabels(this.classOfPod(slot), this.podOwnLabels.get(slot));
  }

  /** Every stored pod (no reservations), in no order that lasts. */
  *pods(): Generator<PodRecord> {
    for (let slot = 0; slot < this.podSlots; slot++) if (this.holdsPod(slot)) yield this.podAt(slot);
  }

  /** Slots of every stored pod (no reservations). */
  *storedPodSlots(): Generator<number> {
    for (let slot = 0; slot < this.podSlots; slot++) if (this.holdsPod(slot)) yield slot;
  }

  private holdsPod(slot: number): boolean {
    return this.podClassOf.get(slot) !== none && !this.isReservation(slot);
  }

  /** Stored pods of one namespace, by name. */
  podsOf(namespace: string): PodRecord[] {
    const found: number[] = [];
    for (const group of this.classGroups().byNamespace.get(namespace) ?? []) {
      this.forEachPodOf(group, (pod) => {
        if (!this.isReservation(pod)) found.push(pod);
      });
    }
    return found.sort((a, b) => this.comparePods(a, b)).map((slot) => this.podAt(slot));
  }

  /** Pods without a node that are not finished, by namespace and name. */
  pendingPods(): PodRecord[] {
    if (this.pendingCount === 0) return [];
    const found: number[] = [];
    for (const slot of this.storedPodSlots()) {
      if (this.podNode.get(slot) === none && isActive(this.podFlags.get(slot))) found.push(slot);
    }
    return found.sort((a, b) => this.comparePods(a, b)).map((slot) => this.podAt(slot));
  }

  /** Pods bound to a node that is not stored, not finished, by namespace and name. */
  orphanPods(): PodRecord[] {
    if (this.orphanCount === 0) return [];
    const found: number[] = [];
    for (let slot = 0; slot < this.slotCount; slot++) {
      const entry = this.nodes[slot];
      if (entry && entry.node === null) this.forEachPodOn(slot, (pod) => found.push(pod));
    }
    return found
      .filter((slot) => !this.isReservation(slot))
      .sort((a, b) => this.comparePods(a, b))
      .map((slot) => this.podAt(slot));
  }

  get reservationCount(): number {
    return this.reservationSlots.size;
  }

  /** By id, bytewise. */
  reservations(): ReservationRecord[] {
    return [...this.reservationSlots]
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([id, slot]) => ({ id, pod: this.podAt(slot) }));
  }

  reservation(id: string): ReservationRecord | undefined {
    const slot = this.reservationSlots.get(id);
    return slot === undefined ? undefined : { id, pod: this.podAt(slot) };
  }

  /** Slots of pending pods that are nominated to a node, with its slot; by namespace and name. */
  nominatedPods(): { readonly pod: number; readonly node: number }[] {
    if (this.nominations.size === 0) return [];
    const found: { pod: number; node: number }[] = [];
    for (const [pod, name] of this.nominations) {
      const node = this.nodeSlot(name);
      if (node !== none && this.podNode.get(pod) === none && isActive(this.podFlags.get(pod)))
        found.push({ pod, node });
    }
    return found.sort((a, b) => this.comparePods(a.pod, b.pod));
  }

  /** Namespace, then name, bytewise; a reservation after the pod of its name. */
  comparePods(a: number, b: number): number {
    return (
      compareBytes(this.classOfPod(a).namespace, this.classOfPod(b).namespace) ||
      compareBytes(this.podNames.get(a), this.podNames.get(b)) ||
      Number(this.isReservation(a)) - Number(this.isReservation(b))
    );
  }

  // Classes -----------------------------------------------------------------------------------------------------------

  /** Live classes by what makes them matter to other pods. */
  classGroups(): ClassGroups {
    if (this.groups === null) {
      this.groups = groupClasses(this.classes);
      this.ownsGroups = true;
    }
    return this.groups;
  }

  classAt(slot: number): PodClass {
    return this.classes[slot]!;
  }

  /** Visits every pod and reservation of a class. */
  forEachPodOf(classSlot: number, visit: (pod: number) => void): void {
    if (this.classes[classSlot] == null) return;
    for (let pod = this.classFirst.get(classSlot); pod !== none; pod = this.classNext.get(pod)) visit(pod);
  }

  // Counters ----------------------------------------------------------------------------------------------------------

  /**
   * Pods per node slot that a definition counts: built once, then kept current by every change, here and in forks. Only
   * bound pods that are not finished count. Do not change; valid until the next change.
   */
  counter(definition: CounterDefinition): Int32Array {
    return this.counterOf(definition).counts;
  }

  /** The same by value number of a label, over the nodes that carry it. */
  counterByValue(definition: CounterDefinition, column: LabelColumn): Int32Array {
    return this.countsByValue(definition, column).sums;
  }

  /** Whether it counts any pod on a node that carries the label. */
  countsAny(definition: CounterDefinition, column: LabelColumn): boolean {
    return this.countsByValue(definition, column).total > 0;
  }

  private countsByValue(definition: CounterDefinition, column: LabelColumn): CountsByValue {
    const counter = this.counterOf(definition);
    const known = counter.byValue.find((summed) => summed.column === column);
    if (known !== undefined) return known;
    const sums = sumByValue(counter.counts, column, this.nodeSlots());
    const summed = { column, sums, total: sums.reduce((total, pods) => total + pods, 0) };
    // Columns of nodes as they were are not asked for any more. A fork that has the list, too, keeps its own.
    const others = counter.byValue.filter((other) => other.column.key !== column.key);
    counter.byValue = [...others.slice(1 - mostSummedLabels), summed];
    return summed;
  }

  private counterOf(definition: CounterDefinition): Counter {
    let counter = this.counters.get(definition.key);
    if (counter === undefined) {
      const counts = new Int32Array(this.rows);
      const groups = this.classGroups();
      const candidates =
        definition.namespaces === null
          ? groups.all
          : definition.namespaces.flatMap((namespace) => groups.byNamespace.get(namespace) ?? []);
      for (const classSlot of candidates) {
        const compiled = this.classes[classSlot]!;
        const weight = definition.weight(compiled);
        if (weight === 0 && definition.podWeight === undefined) continue;
        this.forEachPodOf(classSlot, (pod) => {
          const node = this.podNode.get(pod);
          if (node !== none) counts[node]! += this.counted(definition, compiled, weight, pod);
        });
      }
      this.dropOldCounters();
      counter = { definition, counts, byValue: [], own: true, lastUse: 0 };
      this.counters.set(definition.key, counter);
      this.affected = [];
    }
    counter.lastUse = ++this.uses;
    return counter;
  }

  private counted(definition: CounterDefinition, compiled: PodClass, weight: number, pod: number): number {
    const flags = this.podFlags.get(pod);
    if (!isActive(flags) || (!definition.countsTerminating && (flags & PodFlag.terminating) !== 0)) return 0;
    const ownLabels = definition.podWeight === undefined ? null : this.podOwnLabels.get(pod);
    return ownLabels === null ? weight : definition.podWeight!(compiled, mergedLabels(compiled, ownLabels));
  }

  private dropOldCounters(): void {
    const limit = Math.max(64, Math.floor(counterBytesLimit / (8 * this.rows + 64)));
    if (this.counters.size < limit) return;
    const oldest = [...this.counters.values()].sort((a, b) => a.lastUse - b.lastUse).slice(0, limit >> 2);
    for (const { definition } of oldest) this.counters.delete(definition.key);
  }

  /** Adds (1) or takes away (-1) one pod in every counter that counts it. */
  private count(classSlot: number, pod: number, node: number, sign: 1 | -1): void {
    if (this.counters.size === 0) return;
    const compiled = this.classes[classSlot]!;
    let counters = this.affected[classSlot];
    if (counters === undefined) {
      counters = [...this.counters.values()].filter(
        ({ definition }) => definition.podWeight !== undefined || definition.weight(compiled) !== 0,
      );
      this.affected[classSlot] = counters;
    }
    for (const counter of counters) {
      if (!counter.own) {
        counter.counts = counter.counts.slice();
        counter.byValue = counter.byValue.map((summed) => ({ ...summed, sums: summed.sums.slice() }));
        counter.own = true;
      }
      const { definition, byValue } = counter;
      const change = sign * this.counted(definition, compiled, definition.weight(compiled), pod);
      counter.counts[node]! += change;
      for (let i = 0; i < byValue.length; i++) {
        const summed = byValue[i]!;
        const value = summed.column.ids[node] ?? none;
        if (value === none) continue;
        summed.sums[value]! += change;
        summed.total += change;
      }
    }
  }

  private namespacesChanged(): void {
    this.counters = new Map();
    this.affected = [];
    this.classesStamp = newStamp();
  }

  // Writing nodes -----------------------------------------------------------------------------------------------------

  private putNode(name: string, node: Node): void {
    this.ownNodes();
    const known = this.nodeIndex.get(name);
    const slot = known ?? this.newNodeSlot(name);
    const before = this.nodes[slot]?.node ?? null;
    this.nodes[slot] = { name, node };
    if (before === null) {
      this.order = null;
      this.orphanCount -= this.podsBoundTo(slot);
    }
    if (before === null || !sameNodeFacts(before, node)) this.nodesChanged();
    this.writeCapacity(slot, node);
  }

  private removeNode(name: string): void {
    const slot = this.nodeSlot(name);
    if (slot === none) return;
    this.ownNodes();
    this.order = null;
    this.nodesChanged();
    this.writeCapacity(slot, null);
    if (this.nodeFirst[slot] === none) this.freeNodeSlot(slot);
    else {
      this.nodes[slot] = { name, node: null };
      this.orphanCount += this.podsBoundTo(slot);
    }
  }

  private podsBoundTo(slot: number): number {
    let pods = 0;
    this.forEachPodOn(slot, (pod) => {
      if (!this.isReservation(pod)) pods++;
    });
    return pods;
  }

  private newNodeSlot(name: string): number {
    const slot = this.freeNodes.pop() ?? this.slotCount++;
    if (slot >= this.rows) this.growRows(Math.max(16, slot + (slot >> 2) + 1));
    this.ownUsage();
    this.nodeFirst[slot] = none;
    this.nodeIndex.set(name, slot);
    return slot;
  }

  private freeNodeSlot(slot: number): void {
    this.nodeIndex.delete(this.nodes[slot]!.name);
    this.nodes[slot] = null;
    this.freeNodes.push(slot);
    if (this.wide[slot] === 1) {
      this.ownCapacity();
      this.wide[slot] = 0;
    }
  }

  private growRows(rows: number): void {
    this.ownCapacity();
    this.ownUsage();
    this.usage = null;
    const grow = (column: Float64Array): Float64Array => {
      const larger = new Float64Array(rows);
      larger.set(column);
      return larger;
    };
    const growInts = (column: Int32Array): Int32Array => {
      const larger = new Int32Array(rows);
      larger.set(column);
      return larger;
    };
    this.allocatable = this.allocatable.map((column) => column && grow(column));
    this.requested = this.requested.map((column) => column && grow(column));
    this.allocatablePods = growInts(this.allocatablePods);
    this.nonZeroCpu = grow(this.nonZeroCpu);
    this.nonZeroMemory = grow(this.nonZeroMemory);
    this.podCounts = growInts(this.podCounts);
    this.nodeFirst = growInts(this.nodeFirst);
    const wide = new Uint8Array(rows);
    wide.set(this.wide);
    this.wide = wide;
    for (const counter of this.counters.values()) {
      counter.counts = growInts(counter.counts);
      counter.byValue = [];
      counter.own = true;
    }
    this.rows = rows;
  }

  private writeCapacity(slot: number, node: Node | null): void {
    this.ownCapacity();
    this.usageChanged(slot);
    for (const column of this.allocatable) if (column !== undefined) column[slot] = 0;
    this.allocatablePods[slot] = 0;
    let wide = this.isOverLimit(slot);
    for (const [name, quantity] of node?.status.allocatable ?? []) {
      if (name === 'pods') {
        // More pods than an int32 holds are as good as none too many.
        this.allocatablePods[slot] = Math.min(quantity.toNumber(), 0x7fffffff);
        continue;
      }
      if (!isScheduledResource(name)) continue;
      const amount = name === 'cpu' ? quantity.milliNumber() : quantity.toNumber();
      if (amount > exactLimit) wide = true;
      const id = resourceId(name);
      (this.allocatable[id] ??= new Float64Array(this.rows))[slot] = amount;
    }
    this.wide[slot] = wide ? 1 : 0;
    this.anyWide ||= wide;
  }

  private isOverLimit(slot: number): boolean {
    if (this.nonZeroCpu[slot]! > exactLimit || this.nonZeroMemory[slot]! > exactLimit) return true;
    return this.requested.some((column) => column !== undefined && column[slot]! > exactLimit);
  }

  private nodesChanged(): void {
    this.view = null;
    this.nodesStamp = newStamp();
  }

  private ownNodes(): void {
    if (this.ownsNodes) return;
    this.nodes = this.nodes.slice();
    this.nodeIndex = new Map(this.nodeIndex);
    this.freeNodes = this.freeNodes.slice();
    this.ownsNodes = true;
  }

  private ownCapacity(): void {
    if (this.ownsCapacity) return;
    this.allocatable = this.allocatable.map((column) => column?.slice());
    this.allocatablePods = this.allocatablePods.slice();
    this.wide = this.wide.slice();
    this.ownsCapacity = true;
  }

  private ownUsage(): void {
    if (this.ownsUsage) return;
    this.requested = this.requested.map((column) => column?.slice());
    this.nonZeroCpu = this.nonZeroCpu.slice();
    this.nonZeroMemory = this.nonZeroMemory.slice();
    this.podCounts = this.podCounts.slice();
    this.nodeFirst = this.nodeFirst.slice();
    this.ownsUsage = true;
  }

  // Writing pods ------------------------------------------------------------------------------------------------------

  private putPod(namespace: string, name: string, record: PodRecord | null): void {
    const hash = hashOf(namespace, name);
    const slot = this.find(namespace, name, hash);
    if (record === null) {
      if (slot === none) return;
      this.unlink(slot);
      this.erase(slot, hash);
      this.releasePod(slot);
      this.podCount--;
      return;
    }
    if (slot === none) this.addPod(record, hash);
    else {
      this.unlink(slot);
      this.write(slot, record, 0, hash);
    }
  }

  private addPod(record: PodRecord, hash: number): void {
    const slot = this.newPodSlot();
    this.write(slot, record, 0, hash);
    this.insert(slot, hash);
    this.podCount++;
  }

  private isHeldBy(slot: number, reservation: ReservationRecord | null): boolean {
    if (reservation === null) return false;
    const { pod } = reservation;
    const known = this.podAt(slot);
    return (Object.keys(known) as (keyof PodRecord)[]).every((member) => known[member] === pod[member]);
  }

  private putReservation(id: string, reservation: ReservationRecord | null): void {
    let slot = this.reservationSlots.get(id);
    if (slot !== undefined) this.unlink(slot);
    if (reservation === null) {
      if (slot === undefined) return;
      this.releasePod(slot);
      this.reservationSlots.delete(id);
      return;
    }
    if (slot === undefined) {
      slot = this.newPodSlot();
      this.reservationSlots.set(id, slot);
    }
    const { namespace, name } = reservation.pod;
    this.write(slot, reservation.pod, reservedFlag, hashOf(namespace, name));
  }

  /** Fills a pod slot and accounts it. */
  private write(slot: number, record: PodRecord, extraFlags: number, hash: number): void {
    const classSlot = this.classFor(record.shape);
    let node = none;
    if (record.nodeName !== '') {
      node = this.nodeIndex.get(record.nodeName) ?? this.addGhost(record.nodeName);
    }
    this.podClassOf.set(slot, classSlot);
    this.podNode.set(slot, node);
    this.podFlags.set(slot, record.flags | extraFlags);
    this.podHash.set(slot, hash);
    this.podNames.set(slot, record.name);
    this.podOwnLabels.set(slot, record.ownLabels);
    this.podStart.set(slot, record.startTime ?? Number.NaN);
    this.podCreation.set(slot, record.creationTime ?? Number.NaN);
    if (record.nominatedNodeName !== '' || this.nominations.has(slot)) {
      if (!this.ownsNominations) {
        this.nominations = new Map(this.nominations);
        this.ownsNominations = true;
      }
      if (record.nominatedNodeName === '') this.nominations.delete(slot);
      else this.nominations.set(slot, record.nominatedNodeName);
    }
    this.link(slot, classSlot, node);
  }

  private addGhost(name: string): number {
    this.ownNodes();
    const slot = this.newNodeSlot(name);
    this.nodes[slot] = { name, node: null };
    this.writeCapacity(slot, null);
    return slot;
  }

  private link(slot: number, classSlot: number, node: number): void {
    const first = this.classFirst.get(classSlot);
    this.classNext.set(slot, first);
    this.classPrevious.set(slot, none);
    if (first !== none) this.classPrevious.set(first, slot);
    this.classFirst.set(classSlot, slot);
    this.classCount.set(classSlot, this.classCount.get(classSlot) + 1);
    const flags = this.podFlags.get(slot);
    this.nodeNext.set(slot, none);
    this.nodePrevious.set(slot, none);
    if (!isActive(flags)) return;
    const isPod = (flags & reservedFlag) === 0;
    if (node === none) {
      if (isPod) this.pendingCount++;
      return;
    }
    if (isPod && this.nodes[node]!.node === null) this.orphanCount++;
    this.ownUsage();
    const head = this.nodeFirst[node]!;
    this.nodeNext.set(slot, head);
    if (head !== none) this.nodePrevious.set(head, slot);
    this.nodeFirst[node] = slot;
    this.charge(classSlot, node, 1);
    this.count(classSlot, slot, node, 1);
  }

  private unlink(slot: number): void {
    const classSlot = this.podClassOf.get(slot);
    const node = this.podNode.get(slot);
    const flags = this.podFlags.get(slot);
    if (isActive(flags)) {
      const isPod = (flags & reservedFlag) === 0;
      if (node === none) {
        if (isPod) this.pendingCount--;
      } else {
        this.ownUsage();
        const next = this.nodeNext.get(slot);
        const previous = this.nodePrevious.get(slot);
        if (previous === none) this.nodeFirst[node] = next;
        else this.nodeNext.set(previous, next);
        if (next !== none) this.nodePrevious.set(next, previous);
        this.count(classSlot, slot, node, -1);
        this.charge(classSlot, node, -1);
        if (this.nodes[node]!.node === null) {
          if (isPod) this.orphanCount--;
          if (this.nodeFirst[node] === none) {
            this.ownNodes();
            this.freeNodeSlot(node);
          }
        }
      }
    }
    const next = this.classNext.get(slot);
    const previous = this.classPrevious.get(slot);
    if (previous === none) this.classFirst.set(classSlot, next);
    else this.classNext.set(previous, next);
    if (next !== none) this.classPrevious.set(next, previous);
    const left = this.classCount.get(classSlot) - 1;
    this.classCount.set(classSlot, left);
    if (left === 0) this.freeClass(classSlot);
  }

  /** Adds a pod of the class to, or takes it from, the node's sums. */
  private charge(classSlot: number, node: number, sign: 1 | -1): void {
    const { charged, nonZeroCpu, nonZeroMemory } = this.classes[classSlot]!;
    this.podCounts[node]! += sign;
    this.usageChanged(node);
    if (this.wide[node] === 1 || charged.exact !== null) {
      this.chargeWide(node);
      return;
    }
    let largest = this.addTo(CPU, node, sign * charged.cpu);
    largest = Math.max(largest, this.addTo(MEMORY, node, sign * charged.memory));
    if (charged.ephemeralStorage !== 0) {
      largest = Math.max(largest, this.addTo(EPHEMERAL_STORAGE, node, sign * charged.ephemeralStorage));
    }
    for (const { id, amount } of charged.scalars) largest = Math.max(largest, this.addTo(id, node, sign * amount));
    const cpu = (this.nonZeroCpu[node]! += sign * nonZeroCpu);
    const memory = (this.nonZeroMemory[node]! += sign * nonZeroMemory);
    if (largest > exactLimit || cpu > exactLimit || memory > exactLimit) this.chargeWide(node);
  }

  private addTo(id: number, node: number, amount: number): number {
    const column = (this.requested[id] ??= new Float64Array(this.rows));
    return (column[node]! += amount);
  }

  /** Sums of amounts that doubles do not hold: made anew of the node's pods, and approximate in the columns. */
  private chargeWide(node: number): void {
    const sums: number[] = [];
    let [cpu, memory] = [0, 0];
    this.forEachPodOn(node, (pod) => {
      const compiled = this.classOfPod(pod);
      for (const [id, amount] of chargedExactly(compiled)) sums[id] = (sums[id] ?? 0) + Number(amount);
      cpu += compiled.nonZeroCpu;
      memory += compiled.nonZeroMemory;
    });
    for (const id of new Set([...Object.keys(sums), ...Object.keys(this.requested)].map(Number))) {
      (this.requested[id] ??= new Float64Array(this.rows))[node] = sums[id] ?? 0;
    }
    this.nonZeroCpu[node] = cpu;
    this.nonZeroMemory[node] = memory;
    this.ownCapacity();
    const wide = this.isOverLimit(node) || this.allocatable.some((column) => column && column[node]! > exactLimit);
    this.wide[node] = wide ? 1 : 0;
    this.anyWide ||= wide;
  }

  // Classes -----------------------------------------------------------------------------------------------------------

  private classFor(shape: string): number {
    const known = this.classIndex.get(shape);
    if (known !== undefined) return known;
    this.ownClasses();
    const compiled = podClass(shape);
    const slot = this.freeClasses.pop() ?? this.classes.length;
    this.classes[slot] = compiled;
    this.classIndex.set(shape, slot);
    this.classFirst.set(slot, none);
    this.classCount.set(slot, 0);
    this.affected[slot] = undefined;
    // Slots are listed in ascending order: the next one is added at the end.
    if (this.groups !== null && this.ownsGroups && slot === this.classes.length - 1) {
      addToGroups(this.groups, compiled, slot);
    } else this.groups = null;
    if (compiled.hasEffects) this.classesStamp = newStamp();
    return slot;
  }

  private freeClass(slot: number): void {
    this.ownClasses();
    const compiled = this.classes[slot]!;
    this.classIndex.delete(compiled.shape);
    this.classes[slot] = null;
    this.freeClasses.push(slot);
    this.affected[slot] = undefined;
    this.groups = null;
    if (compiled.hasEffects) this.classesStamp = newStamp();
  }

  private ownClasses(): void {
    if (this.ownsClasses) return;
    this.classes = this.classes.slice();
    this.classIndex = new Map(this.classIndex);
    this.freeClasses = this.freeClasses.slice();
    this.ownsClasses = true;
  }

  // Pod slots and the name index ----------------------------------------------------------------------------------------

  private newPodSlot(): number {
    this.ownFreePods();
    return this.freePods.pop() ?? this.podSlots++;
  }

  private releasePod(slot: number): void {
    this.ownFreePods();
    this.freePods.push(slot);
    this.podClassOf.set(slot, none);
    this.podNames.set(slot, '');
    this.podOwnLabels.set(slot, null);
    if (this.nominations.has(slot)) {
      if (!this.ownsNominations) {
        this.nominations = new Map(this.nominations);
        this.ownsNominations = true;
      }
      this.nominations.delete(slot);
    }
  }

  private ownFreePods(): void {
    if (this.ownsFreePods) return;
    this.freePods = this.freePods.slice();
    this.ownsFreePods = true;
  }

  private find(namespace: string, name: string, hash: number): number {
    if (this.tableSize === 0) return none;
    const mask = this.tableSize - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = this.table.get(at);
      if (entry === 0) return none;
      if (entry < 0) continue;
      const slot = entry - 1;
      if (
        this.podHash.get(slot) === hash &&
        this.podNames.get(slot) === name &&
        this.classOfPod(slot).namespace === namespace
      ) {
        return slot;
      }
    }
  }

  private insert(slot: number, hash: number): void {
    if ((this.tableUsed + 1) * 4 > this.tableSize * 3) this.rehash();
    const mask = this.tableSize - 1;
    let at = hash & mask;
    while (this.table.get(at) > 0) at = (at + 1) & mask;
    if (this.table.get(at) === 0) this.tableUsed++;
    this.table.set(at, slot + 1);
  }

  private erase(slot: number, hash: number): void {
    const mask = this.tableSize - 1;
    let at = hash & mask;
    while (this.table.get(at) !== slot + 1) at = (at + 1) & mask;
    this.table.set(at, -1);
  }

  /** A table of new size, at most half full, without the deleted entries. */
  private rehash(): void {
    let size = 1024;
    while (size < this.podCount * 2 + 2) size *= 2;
    const table = Column.int32();
    for (let at = 0; at < size; at += 1024) table.set(at, 0);
    const mask = size - 1;
    let used = 0;
    for (let old = 0; old < this.tableSize; old++) {
      const entry = this.table.get(old);
      if (entry <= 0) continue;
      let at = this.podHash.get(entry - 1) & mask;
      while (table.get(at) !== 0) at = (at + 1) & mask;
      table.set(at, entry);
      used++;
    }
    this.table = table;
    this.tableSize = size;
    this.tableUsed = used;
  }

  // Comparing -----------------------------------------------------------------------------------------------------------

  /**
   * A number that equal clusters share however they came about: over nodes, pods, reservations and the other objects, in
   * any order. For comparing a replica with the store; O(everything).
   */
  checksum(): number {
    const steps = this.checksumSteps();
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** `checksum` in slices of a millisecond or so, for a model that is being asked meanwhile. Nobody may change it. */
  *checksumSteps(): Generator<void, number> {
    let sum = 0;
    let items = 0;
    const add = (text: string): void => {
      sum = (sum + hashText(text)) | 0;
    };
    for (const slot of this.nodeSlots()) {
      if (++items % itemsAStep === 0) yield;
      const { metadata, spec, status } = this.node(slot);
      const allocatable = [...status.allocatable].map(([name, quantity]) => `${name}=${quantity.toString()}`);
      add(
        JSON.stringify([
          'node',
          metadata.name,
          Object.entries(metadata.labels).sort(([a], [b]) => compareBytes(a, b)),
          spec,
          allocatable.sort(),
        ]),
      );
    }
    for (const pod of this.pods()) {
      if (++items % itemsAStep === 0) yield;
      add(JSON.stringify(['pod', pod]));
    }
    for (const reservation of this.reservations()) add(JSON.stringify(['reservation', reservation]));
    this.objects.forEach((key, object) => add(`${key}:${JSON.stringify(object)}`));
    add(JSON.stringify(['scheduler', this.scheduler]));
    return sum >>> 0;
  }
}

/** Live classes by what makes them matter to others. Slots ascending. */
export interface ClassGroups {
  readonly all: readonly number[];
  readonly byNamespace: ReadonlyMap<string, readonly number[]>;
  /** Distinct affinity terms that pods hold. */
  readonly terms: Readonly<Record<TermKind, TermGroup>>;
}

/** Distinct terms, found by the namespace of the pods that they apply to. */
export class TermGroup {
  private readonly keys = new Set<string>();
  private readonly byNamespace = new Map<string, AffinityTerm[]>();
  /** Some term's selector names a label that differs from pod to pod of a class. */
  namesOwnLabels = false;
  /** Terms that select namespaces by label. */
  private readonly anywhere: AffinityTerm[] = [];

  add(term: AffinityTerm): void {
    if (this.keys.has(term.key)) return;
    this.keys.add(term.key);
    if (term.selector?.some(({ key }) => isOwnLabel(key))) this.namesOwnLabels = true;
    if (term.namespaceSelector !== null) {
      this.anywhere.push(term);
      return;
    }
    for (const namespace of new Set(term.namespaces)) {
      const group = this.byNamespace.get(namespace);
      if (group === undefined) this.byNamespace.set(namespace, [term]);
      else group.push(term);
    }
  }

  /** Terms that may apply to pods of a namespace, each once. */
  *of(namespace: string): Generator<AffinityTerm> {
    yield* this.byNamespace.get(namespace) ?? [];
    yield* this.anywhere;
  }
}

/** Groups that the model which made them may add to. */
interface GrowingGroups extends ClassGroups {
  readonly all: number[];
  readonly byNamespace: Map<string, number[]>;
}

function groupClasses(classes: readonly (PodClass | null)[]): GrowingGroups {
  const terms = {
    requiredAffinity: new TermGroup(),
    requiredAntiAffinity: new TermGroup(),
    preferredAffinity: new TermGroup(),
    preferredAntiAffinity: new TermGroup(),
  };
  const groups = { all: [], byNamespace: new Map(), terms };
  classes.forEach((compiled, slot) => {
    if (compiled !== null) addToGroups(groups, compiled, slot);
  });
  return groups;
}

function addToGroups({ all, byNamespace, terms }: GrowingGroups, compiled: PodClass, slot: number): void {
  all.push(slot);
  const group = byNamespace.get(compiled.namespace);
  if (group === undefined) byNamespace.set(compiled.namespace, [slot]);
  else group.push(slot);
  if (!compiled.hasEffects) return;
  for (const term of compiled.requiredAffinity) terms.requiredAffinity.add(term);
  for (const term of compiled.requiredAntiAffinity) terms.requiredAntiAffinity.add(term);
  for (const { term } of compiled.preferredAffinity) terms.preferredAffinity.add(term);
  for (const { term } of compiled.preferredAntiAffinity) terms.preferredAntiAffinity.add(term);
}

function sumByValue(counts: Int32Array, { ids, values }: LabelColumn, order: Int32Array): Int32Array {
  const sums = new Int32Array(values.length);
  for (let i = 0; i < order.length; i++) {
    const slot = order[i]!;
    const value = ids[slot]!;
    if (value !== none) sums[value]! += counts[slot]!;
  }
  return sums;
}

function chargedExactly({ charged }: PodClass): [number, bigint][] {
  if (charged.exact !== null) return [...charged.exact];
  const amounts: [number, bigint][] = [
    [CPU, BigInt(charged.cpu)],
    [MEMORY, BigInt(charged.memory)],
    [EPHEMERAL_STORAGE, BigInt(charged.ephemeralStorage)],
  ];
  for (const { id, amount } of charged.scalars) amounts.push([id, BigInt(amount)]);
  return amounts;
}

/** Labels of the class and the pod's own. */
export function mergedLabels(compiled: PodClass, ownLabels: string | null): Labels {
  if (ownLabels === null) return compiled.labels;
  const own = JSON.parse(ownLabels) as Labels;
  return { ...compiled.labels, ...own };
}

/** Whether all that `NodeView` derives from is the same: heartbeats and capacity do not count. */
function sameNodeFacts(a: Node, b: Node): boolean {
  const facts = (node: Node): string =>
    JSON.stringify([
      Object.entries(node.metadata.labels),
      node.spec.unschedulable,
      node.spec.taints,
      node.status.images === noImages ? [] : node.status.images,
      node.status.declaredFeatures,
    ]);
  return facts(a) === facts(b);
}

/** FNV-1a over UTF-16 units, as int32. */
function hashOf(namespace: string, name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < namespace.length; i++) hash = Math.imul(hash ^ namespace.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ 47, 0x01000193);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // The low bits address the table: let the high ones take part.
  return (hash ^ (hash >>> 15)) | 0;
}
