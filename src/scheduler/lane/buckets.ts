/**
 * Nodes that differ in nothing that is normalised over all nodes: a *bucket*. Some of a node's values stay (its taints,
 * its domain of few); others are counts of parts, which move, and nodes with them from bucket to bucket.
 */
import { refine, valueOf, type NodeValues } from './node-values.js';
import { valueAt, type Part } from './part.js';

/** Moving values are below this, or the buckets give up. */
const valueSpan = 2 ** 24;

/** Fewer buckets than this are always worth looking at one by one. */
const fewBuckets = 64;

export class Buckets {
  /** Bucket by rank; 0: the node is in none. */
  readonly of: Uint16Array;
  /** Buckets are numbered from 1 to here; those without nodes are free. */
  last = 0;
  /** Nodes by bucket. */
  live = new Int32Array(16);
  /** By bucket: the groups that its nodes are or were of, as a set of bits. */
  groups = new Int32Array(16);
  /** Too many buckets to look at one by one, or values beyond what can be told apart. */
  isScattered = false;
  /** Some bucket has come or gone, or its nodes are not as many as when this was last set to false. */
  hasChanged = true;

  /** Row of fixed values by bucket. */
  private fixedRow = new Int32Array(16);
  private readonly fixedWidth: number;
  private fixedValues = new Float64Array(0);
  private movingValues: Float64Array;
  /** From a number for the values before, and a moving value, to the next number; the last gives the bucket. */
  private readonly levels: Map<number, number>[];
  /** By bucket: its key in the last of `levels`. */
  private keys = new Float64Array(16);
  private readonly freed: number[] = [];
  private readonly limit: number;

  /**
   * @param groupOf by rank, of all nodes
   * @param members ranks of the nodes to be put into buckets
   * @param fixed their values that stay, column by column
   * @param moving parts whose counts tell them apart, too
   */
  constructor(
    private readonly groupOf: Uint8Array,
    members: Int32Array,
    fixed: readonly NodeValues[],
    private readonly moving: readonly Part[],
  ) {
    this.of = new Uint16Array(groupOf.length);
    this.limit = Math.min(Math.max(groupOf.length >> 3, fewBuckets), 0xffff);
    this.fixedWidth = fixed.length;
    this.movingValues = new Float64Array(16 * moving.length);
    this.levels = moving.map(() => new Map());
    this.partition(members, fixed);
  }

  /** A fixed value of the bucket's nodes. */
  fixedAt(bucket: number, column: number): number {
    return this.fixedValues[this.fixedRow[bucket]! * this.fixedWidth + column]!;
  }

  /** `valueAt` of the bucket's nodes. */
  valueOf({ byDomain, column }: Part, bucket: number): number {
    return byDomain ? this.fixedAt(bucket, column) : this.movingValues[bucket * this.moving.length + column]!;
  }

  /** Takes a node out for good. */
  leave(rank: number): void {
    const bucket = this.of[rank]!;
    if (bucket === 0) return;
    this.of[rank] = 0;
    this.hasChanged = true;
    if (--this.live[bucket]! > 0 || this.moving.length === 0) return;
    this.levels.at(-1)!.delete(this.keys[bucket]!);
    this.freed.push(bucket);
  }

  /** Puts a node whose counts may have moved where it belongs now. */
  move(rank: number): void {
    const from = this.of[rank]!;
    if (from === 0) return;
    const to = this.find(rank, this.fixedRow[from]!);
    if (to === from) return;
    this.leave(rank);
    this.enter(rank, to);
  }

  private enter(rank: number, bucket: number): void {
    this.of[rank] = bucket;
    this.live[bucket]!++;
    this.groups[bucket]! |= 1 << this.groupOf[rank]!;
    this.hasChanged = true;
  }

  /** The bucket of a node's present values, made when there is none yet; 0: there are too many. */
  private find(rank: number, fixedRow: number): number {
    const { moving, levels } = this;
    const last = moving.length - 1;
    if (last < 0) return this.add(fixedRow);
    let number = fixedRow;
    for (let i = 0; i <= last; i++) {
      const value = valueAt(moving[i]!, rank);
      if (Math.abs(value) >= valueSpan) this.isScattered = true;
      const key = number * 2 * valueSpan + (value + valueSpan);
      let next = levels[i]!.get(key);
      if (next === undefined) {
        next = i < last ? levels[i]!.size : this.add(fixedRow, rank);
        if (i === last) this.keys[next] = key;
        levels[i]!.set(key, next);
      }
      number = next;
    }
    return number;
  }

  private add(fixedRow: number, rank = 0): number {
    let bucket = this.freed.pop();
    if (bucket === undefined) {
      if (this.last === this.limit) {
        this.isScattered = true;
        return 0;
      }
      bucket = ++this.last;
      if (bucket === this.live.length) this.grow();
    }
    this.live[bucket] = 0;
    this.groups[bucket] = 0;
    this.fixedRow[bucket] = fixedRow;
    const { moving, movingValues } = this;
    for (let i = 0; i < moving.length; i++) movingValues[bucket * moving.length + i] = valueAt(moving[i]!, rank);
    return bucket;
  }

  private grow(): void {
    const size = this.live.length * 2;
    const grown = <T extends Int32Array | Float64Array>(values: T, larger: T): T => {
      larger.set(values);
      return larger;
    };
    this.live = grown(this.live, new Int32Array(size));
    this.groups = grown(this.groups, new Int32Array(size));
    this.fixedRow = grown(this.fixedRow, new Int32Array(size));
    this.keys = grown(this.keys, new Float64Array(size));
    this.movingValues = grown(this.movingValues, new Float64Array(size * this.moving.length));
  }

  /** Column by column: nodes that were alike so far and have the same value stay alike. */
  private partition(members: Int32Array, fixed: readonly NodeValues[]): void {
    const { moving, fixedWidth, limit } = this;
    const numbers = new Int32Array(members.length);
    let distinct = 1;
    for (const values of fixed) if (distinct <= limit) distinct = refine(numbers, distinct, members, values);
    const rows = moving.length === 0 ? numbers : numbers.slice();
    this.fixedValues = new Float64Array(distinct * fixedWidth);
    let filled = 0;
    for (let i = 0; i < members.length && filled < distinct; i++) {
      // Numbers come in order of appearance.
      if (rows[i]! < filled) continue;
      fixed.forEach((values, column) => {
        this.fixedValues[filled * fixedWidth + column] = valueOf(values, members[i]!);
      });
      filled++;
    }
    for (const part of moving) {
      if (distinct > limit) break;
      const values = new Float64Array(this.of.length);
      for (const rank of members) values[rank] = valueAt(part, rank);
      distinct = refine(numbers, distinct, members, values);
    }
    if (distinct > limit) {
      this.isScattered = true;
      return;
    }
    const buckets = new Int32Array(distinct);
    for (let i = 0; i < members.length; i++) {
      const number = numbers[i]!;
      if (buckets[number] === 0) buckets[number] = this.find(members[i]!, rows[i]!);
    }
    const { of, groupOf, live, groups } = this;
    for (let i = 0; i < members.length; i++) {
      const rank = members[i]!;
      const bucket = buckets[numbers[i]!]!;
      of[rank] = bucket;
      live[bucket]!++;
      groups[bucket]! |= 1 << groupOf[rank]!;
    }
  }
}
