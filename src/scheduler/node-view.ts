/**
 * What follows from the nodes' labels, taints, images and names, as columns by node slot; made on first use and kept as
 * long as the nodes are the same. Ghost and free slots carry nothing.
 */
import type { Node, NodeImage, Taint } from '../kubernetes/types.js';
import type { RememberedSelections } from './node-selection.js';
import type { Profile } from './profile.js';

export const noImages: readonly NodeImage[] = Object.freeze([]);

/** Values of a label that are few. */
const mostFewValues = 256;

/** One label key over all nodes. */
export class LabelColumn {
  /** Every node has the label. */
  readonly everywhere: boolean;
  /** So few values that something may be kept of each. */
  readonly few: boolean;
  /** Nodes value by value, those without the label first, and where each value begins; made on first use. */
  private slots: Int32Array | null = null;
  private starts = new Int32Array(0);

  constructor(
    readonly key: string,
    /** Value number by slot, -1 where the node lacks the label. */
    readonly ids: Int32Array,
    /** Value texts by number. */
    readonly values: readonly string[],
    readonly numbers: ReadonlyMap<string, number>,
    /** Slots of the nodes, by name. */
    private readonly nodes: Int32Array,
  ) {
    this.everywhere = nodes.every((slot) => ids[slot]! >= 0);
    this.few = values.length <= mostFewValues;
  }

  /**
   * The nodes that have a value, by name: those in `slots` from `from` to before `to`.
   *
   * @param value its number; -1: the nodes without the label
   */
  nodesWith(value: number): { readonly slots: Int32Array; readonly from: number; readonly to: number } {
    this.slots ??= this.sort();
    return { slots: this.slots, from: this.starts[value + 1]!, to: this.starts[value + 2]! };
  }

  private sort(): Int32Array {
    const { ids, values, nodes } = this;
    const starts = new Int32Array(values.length + 2);
    for (const slot of nodes) starts[ids[slot]! + 2]!++;
    for (let at = 1; at < starts.length; at++) starts[at]! += starts[at - 1]!;
    this.starts = starts;
    const next = starts.slice();
    const slots = new Int32Array(nodes.length);
    for (const slot of nodes) slots[next[ids[slot]! + 1]!++] = slot;
    return slots;
  }
}

/** Nodes that have an image, and its size there. */
export interface ImageNodes {
  readonly slots: Int32Array;
  readonly sizes: Float64Array;
}

export class NodeView {
  private readonly columns = new Map<string, LabelColumn>();
  private taintColumn: { readonly ids: Int32Array; readonly sets: readonly (readonly Taint[])[] } | null = null;
  private imageNodes: ReadonlyMap<string, ImageNodes> | null = null;
  /** Undefined: not looked at yet. */
  private unschedulableColumn: Uint8Array | null | undefined;
  private ranksBySlot: Int32Array | null = null;
  private readonly selectionsByProfile = new WeakMap<Profile, RememberedSelections>();

  constructor(
    /** By slot; null for ghosts and free slots. */
    readonly nodes: readonly (Node | null)[],
    /** Slots of the nodes, by name. */
    readonly order: Int32Array,
  ) {}

  /** What the filters of a profile leave that look at nothing but nodes; grows as pods are asked about. */
  selections(profile: Profile): RememberedSelections {
    let selections = this.selectionsByProfile.get(profile);
    if (selections === undefined) this.selectionsByProfile.set(profile, (selections = new Map()));
    return selections;
  }

  /** Positions by name, by slot: of two nodes the one with the smaller rank has the smaller name. */
  ranks(): Int32Array {
    if (this.ranksBySlot === null) {
      this.ranksBySlot = new Int32Array(this.nodes.length);
      for (let rank = 0; rank < this.order.length; rank++) this.ranksBySlot[this.order[rank]!] = rank;
    }
    return this.ranksBySlot;
  }

  labelColumn(key: string): LabelColumn {
    let column = this.columns.get(key);
    if (column === undefined) {
      column = this.buildColumn(key);
      // Keys come from questions, too: drop what a flood of them would pile up.
      if (this.columns.size >= 256) this.columns.clear();
      this.columns.set(key, column);
    }
    return column;
  }

  private buildColumn(key: string): LabelColumn {
    const ids = new Int32Array(this.nodes.length).fill(-1);
    const values: string[] = [];
    const numbers = new Map<string, number>();
    for (const slot of this.order) {
      const { labels } = this.nodes[slot]!.metadata;
      if (!Object.hasOwn(labels, key)) continue;
      const value = labels[key]!;
      let id = numbers.get(value);
      if (id === undefined) {
        id = values.length;
        values.push(value);
        numbers.set(value, id);
      }
      ids[slot] = id;
    }
    return new LabelColumn(key, ids, values, numbers, this.order);
  }

  /** Number of the node's list of taints by slot, and the distinct lists. */
  taints(): { readonly ids: Int32Array; readonly sets: readonly (readonly Taint[])[] } {
    if (this.taintColumn === null) {
      const ids = new Int32Array(this.nodes.length);
      const sets: (readonly Taint[])[] = [[]];
      const numbers = new Map<string, number>([['[]', 0]]);
      for (const slot of this.order) {
        const { taints } = this.nodes[slot]!.spec;
        if (taints.length === 0) continue;
        const text = JSON.stringify(taints.map(({ key, value, effect }) => [key, value, effect]));
        let id = numbers.get(text);
        if (id === undefined) {
          id = sets.length;
          sets.push(taints);
          numbers.set(text, id);
        }
        ids[slot] = id;
      }
      this.taintColumn = { ids, sets };
    }
    return this.taintColumn;
  }

  /** 1 where the node is cordoned; null: none is. */
  unschedulable(): Uint8Array | null {
    if (this.unschedulableColumn === undefined) {
      const cordoned = this.order.filter((slot) => this.nodes[slot]!.spec.unschedulable);
      const column = new Uint8Array(this.nodes.length);
      for (const slot of cordoned) column[slot] = 1;
      this.unschedulableColumn = cordoned.length === 0 ? null : column;
    }
    return this.unschedulableColumn;
  }

  /** The nodes that list an image under exactly this name; undefined: none does. */
  image(name: string): ImageNodes | undefined {
    this.imageNodes ??= this.indexImages();
    return this.imageNodes.get(name);
  }

  private indexImages(): ReadonlyMap<string, ImageNodes> {
    const found = new Map<string, { slots: number[]; sizes: number[] }>();
    for (const slot of this.order) {
      for (const { names, sizeBytes } of this.nodes[slot]!.status.images) {
        for (const name of names) {
          let entry = found.get(name);
          if (entry === undefined) found.set(name, (entry = { slots: [], sizes: [] }));
          if (entry.slots.at(-1) === slot) entry.sizes[entry.sizes.length - 1] = sizeBytes;
          else {
            entry.slots.push(slot);
            entry.sizes.push(sizeBytes);
          }
        }
      }
    }
    return new Map(
      [...found].map(([name, { slots, sizes }]) => [
        name,
        { slots: Int32Array.from(slots), sizes: Float64Array.from(sizes) },
      ]),
    );
  }
}
