/** The best node of every bucket, in a heap a bucket over (base, name). Entries that no longer hold go when they surface. */
import type { Buckets } from './buckets.js';
import { pop, push } from './heap.js';
import type { LaneNodes } from './lane-nodes.js';

/** There are fewer nodes than this: an entry is base · 2^20 + (2^20 − 1 − position by name). Bases are below 2^31. */
export const nodeSpan = 1 << 20;

export class Tops {
  private readonly heaps: number[][] = [];

  /** @param base by rank, changed by others: `offer` says of which node */
  constructor(
    private readonly buckets: Buckets,
    private readonly base: Int32Array,
    private readonly nodes: LaneNodes,
  ) {
    for (let rank = 0; rank < base.length; rank++) this.offer(rank);
  }

  /** Takes in the node's present base and bucket. */
  offer(rank: number): void {
    const { buckets } = this;
    const bucket = buckets.of[rank]!;
    if (bucket === 0) return;
    const heap = (this.heaps[bucket] ??= []);
    push(heap, this.base[rank]! * nodeSpan + (nodeSpan - 1 - this.nodes.names[rank]!));
    if (heap.length > 4 * buckets.live[bucket]! + 256) {
      const holding = new Set(heap.filter((entry) => this.holds(bucket, entry)));
      this.heaps[bucket] = [...holding].sort((a, b) => b - a);
    }
  }

  /** Rank of the best node of a bucket that has nodes. */
  top(bucket: number): number {
    const heap = this.heaps[bucket]!;
    while (!this.holds(bucket, heap[0]!)) pop(heap);
    return this.rankOf(heap[0]!);
  }

  /** Whether an entry is the node's present one. */
  private holds(bucket: number, entry: number): boolean {
    const rank = this.rankOf(entry);
    return this.buckets.of[rank] === bucket && this.base[rank] === Math.floor(entry / nodeSpan);
  }

  private rankOf(entry: number): number {
    return this.nodes.byName[nodeSpan - 1 - (entry - Math.floor(entry / nodeSpan) * nodeSpan)]!;
  }
}
