/**
 * What the lanes of one sequence share about the nodes. Lanes number nodes by *rank*: group by group of nodes that lanes
 * tend to score alike (equal taints, the same zone), and by name within a group. So the best of a stretch of nodes says
 * how good the others can be.
 */
import type { ClusterModel } from '../model.js';
import { NodeList } from '../node-list.js';

const zoneKey = 'topology.kubernetes.io/zone';

/** The nodes by the values of a topology key. */
export class Domains {
  private starts: Int32Array | null = null;
  private members = new Int32Array(0);
  /** No two nodes share a domain. */
  readonly areNodes: boolean;

  constructor(
    /** Domain by rank, -1 where the node has none. */
    readonly ids: Int32Array,
    readonly size: number,
  ) {
    const taken = new Uint8Array(size);
    this.areNodes = ids.every((id) => id < 0 || taken[id]!++ === 0);
  }

  /** Ranks of the domain's nodes, ascending. */
  membersOf(domain: number): Int32Array {
    this.starts ??= this.index();
    return this.members.subarray(this.starts[domain], this.starts[domain + 1]);
  }

  private index(): Int32Array {
    const { ids, size } = this;
    const starts = new Int32Array(size + 1);
    for (const id of ids) if (id >= 0) starts[id + 1]!++;
    for (let domain = 0; domain < size; domain++) starts[domain + 1]! += starts[domain]!;
    this.members = new Int32Array(starts[size]!);
    const next = starts.slice();
    ids.forEach((id, rank) => {
      if (id >= 0) this.members[next[id]!++] = rank;
    });
    return starts;
  }
}

/** Nodes of a block: neighbours by rank, of one group. */
const blockSize = 16;

/** More groups than this are not told apart: a set of groups is an int32. */
const mostGroups = 31;

const mostColumns = 64;

export class LaneNodes {
  /** Slots by rank. */
  readonly slots: Int32Array;
  /** All of them, by rank. */
  readonly all: NodeList;
  /** Position by name, by rank: of equals the first wins. And ranks by that position. */
  readonly names: Int32Array;
  readonly byName: Int32Array;
  readonly count: number;
  /** By rank. */
  readonly groupOf: Uint8Array;
  readonly groups: number;
  /** By rank. */
  readonly blockOf: Int32Array;
  /** By block, and one more: its first rank. */
  readonly blockStart: Int32Array;
  /** By block. */
  readonly blockGroup: Uint8Array;
  private readonly ranks: Int32Array;
  private readonly byKey = new Map<string, Domains>();
  private readonly alone = new Map<string, Domains>();
  private readonly columns = new Map<string, Int32Array>();
  private everyNode: Domains | null = null;
  /** For whoever works on a list of nodes. */
  readonly ranksScratch: Int32Array;
  /** Its slots belong to those ranks. None is out but while filters are asked. */
  readonly listScratch: NodeList;
  readonly scoresScratch: Float64Array;
  /** What filters refuse; nobody reads it. */
  readonly refusedScratch: Int32Array;
  private readonly seen: Int32Array;
  private mark = 0;

  constructor(readonly model: ClusterModel) {
    const slots = model.nodeSlots();
    this.count = slots.length;
    const { groups, of } = groupNodes(model, slots);
    this.groups = groups;
    // A stable sort: by name within a group.
    this.byName = new Int32Array(this.count);
    this.names = Int32Array.from(slots.keys()).sort((a, b) => of[a]! - of[b]! || a - b);
    this.names.forEach((position, rank) => (this.byName[position] = rank));
    this.slots = this.names.map((position) => slots[position]!);
    this.all = NodeList.of(this.slots, model.slotCount);
    this.groupOf = Uint8Array.from(this.names, (position) => of[position]!);
    this.ranks = new Int32Array(model.slotCount).fill(-1);
    this.slots.forEach((slot, rank) => (this.ranks[slot] = rank));

    this.blockOf = new Int32Array(this.count);
    const starts: number[] = [];
    for (let rank = 0; rank < this.count; rank++) {
      const start = starts.at(-1);
      if (start === undefined || rank - start === blockSize || this.groupOf[rank] !== this.groupOf[start]) {
        starts.push(rank);
      }
      this.blockOf[rank] = starts.length - 1;
    }
    this.blockGroup = Uint8Array.from(starts, (start) => this.groupOf[start]!);
    this.blockStart = Int32Array.from([...starts, this.count]);
    this.ranksScratch = new Int32Array(this.count);
    this.listScratch = new NodeList(new Int32Array(this.count), new Uint8Array(model.slotCount), 0, 0);
    this.refusedScratch = new Int32Array(this.count);
    this.scoresScratch = new Float64Array(this.count);
    this.seen = new Int32Array(this.count);
  }

  /** -1: no stored node has the slot. */
  rankOf(slot: number): number {
    return this.ranks[slot] ?? -1;
  }

  domains(topologyKey: string): Domains {
    let domains = this.byKey.get(topologyKey);
    if (domains === undefined) {
      const { ids, values } = this.model.labelColumn(topologyKey);
      domains = new Domains(
        this.slots.map((slot) => ids[slot]!),
        values.length,
      );
      this.byKey.set(topologyKey, domains);
    }
    return domains;
  }

  /** Every node is a domain. */
  get each(): Domains {
    this.everyNode ??= new Domains(Int32Array.from(this.slots.keys()), this.count);
    return this.everyNode;
  }

  /** Every node that has the label is a domain of its own, whatever other node carries the same value. */
  eachAlone(topologyKey: string): Domains {
    let domains = this.alone.get(topologyKey);
    if (domains === undefined) {
      const { ids } = this.domains(topologyKey);
      domains = new Domains(
        ids.map((id, rank) => (id < 0 ? -1 : rank)),
        this.count,
      );
      this.alone.set(topologyKey, domains);
    }
    return domains;
  }

  /** A column by rank that several lanes need, made once. Equal keys, equal columns. */
  column(key: string, make: (slot: number) => number): Int32Array {
    let column = this.columns.get(key);
    if (column === undefined) {
      // Keys come from questions, too: drop what a flood of them would pile up.
      if (this.columns.size >= mostColumns) this.columns.clear();
      column = this.slots.map(make);
      this.columns.set(key, column);
    }
    return column;
  }

  /** The distinct nodes among `ranks[from..]` that `base` holds no negative for: ranks and slots into the scratches. */
  distinct(ranks: readonly number[], from: number, base: Int32Array): number {
    const { seen, ranksScratch } = this;
    const { slots } = this.listScratch;
    const mark = ++this.mark;
    let count = 0;
    for (let at = from; at < ranks.length; at++) {
      const rank = ranks[at]!;
      if (seen[rank] === mark || base[rank]! < 0) continue;
      seen[rank] = mark;
      ranksScratch[count] = rank;
      slots[count++] = this.slots[rank]!;
    }
    return count;
  }
}

/** Groups by position in `slots`: by taints and zone, by taints alone, or one, as there are few enough. */
function groupNodes(model: ClusterModel, slots: Int32Array): { groups: number; of: Uint8Array } {
  const taints = model.nodeView().taints();
  const zones = model.labelColumn(zoneKey);
  const lists = taints.sets.length;
  const span = zones.values.length + 1;
  if (lists * span <= mostGroups) {
    return {
      groups: lists * span,
      of: Uint8Array.from(slots, (slot) => taints.ids[slot]! * span + zones.ids[slot]! + 1),
    };
  }
  if (lists <= mostGroups)
    return {
      groups: lists,
      of: Uint8Array.from(slots, (slot) => taints.ids[slot]!),
    };
  return { groups: 1, of: new Uint8Array(slots.length) };
}
