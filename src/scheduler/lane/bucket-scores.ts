/** What is normalised over all nodes that are left: one number a bucket, the same for all of its nodes. */
import { maxNodeScore } from '../framework.js';
import type { Profile } from '../profile.js';
import type { Buckets } from './buckets.js';
import { countOf, type Part } from './part.js';
import type { Parts } from './parts.js';

/** Columns of values that stay with a node and are no part's. */
export const fixedColumn = {
  taints: 0,
  preferred: 1,
  images: 2,
  participates: 3,
} as const;
export const fixedColumns = Object.keys(fixedColumn).length;

export class BucketScores {
  /** Weighted, by bucket; -Infinity where no node of the bucket may be taken, bucket 0 included. */
  constants = new Float64Array(0);
  /** The largest of them among the buckets with nodes of a group, by group. */
  readonly highestIn: Float64Array;
  /** The buckets that may be taken: the first `count`. */
  admitted = new Int32Array(0);
  count = 0;
  /** Raw scores by bucket, of one plugin after another. */
  private raws = new Float64Array(0);
  /** By domain + 1: the last round that saw it. */
  private seen = new Int32Array(0);
  private round = 0;
  private readonly logs: Float64Array;
  private readonly weights: {
    taints: number;
    preferred: number;
    images: number;
    spread: number;
    pods: number;
  };

  constructor(
    private readonly buckets: Buckets,
    private readonly parts: Parts,
    { scores }: Profile,
    groups: number,
  ) {
    this.highestIn = new Float64Array(groups);
    const weight = (name: string): number => scores.get(name) ?? 0;
    this.weights = {
      taints: weight('TaintToleration'),
      preferred: weight('NodeAffinity'),
      images: weight('ImageLocality'),
      spread: weight('PodTopologySpread'),
      pods: weight('InterPodAffinity'),
    };
    this.logs = new Float64Array(parts.spread.soft.length);
    this.seen = new Int32Array(Math.max(0, ...parts.spread.soft.map(({ domains }) => domains.size)) + 1);
  }

  compute(): void {
    const { buckets, parts } = this;
    if (this.constants.length < buckets.live.length) {
      this.constants = new Float64Array(buckets.live.length);
      this.raws = new Float64Array(buckets.live.length);
      this.admitted = new Int32Array(buckets.live.length);
    }
    const { constants, admitted } = this;
    constants[0] = Number.NEGATIVE_INFINITY;
    this.count = 0;
    for (let bucket = 1; bucket <= buckets.last; bucket++) {
      const isAdmitted = buckets.live[bucket]! > 0 && parts.admits(buckets, bucket);
      constants[bucket] = isAdmitted ? 0 : Number.NEGATIVE_INFINITY;
      if (isAdmitted) admitted[this.count++] = bucket;
    }
    this.addOwn();
    if (parts.spread.soft.length > 0) this.addSpread();
    if (parts.preferences.length > 0) this.addPreferences();
    this.addUp();
  }

  private addUp(): void {
    const { buckets, constants, admitted, count, highestIn } = this;
    highestIn.fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      const constant = constants[admitted[i]!]!;
      for (let groups = buckets.groups[admitted[i]!]!; groups !== 0; groups &= groups - 1) {
        const group = 31 - Math.clz32(groups & -groups);
        if (constant > highestIn[group]!) highestIn[group] = constant;
      }
    }
  }

  /** Taints, preferred node affinity, images. */
  private addOwn(): void {
    const { buckets, constants, admitted, count, weights } = this;
    let maxTaints = 0;
    let maxPreferred = 0;
    for (let i = 0; i < count; i++) {
      maxTaints = Math.max(maxTaints, buckets.fixedAt(admitted[i]!, fixedColumn.taints));
      maxPreferred = Math.max(maxPreferred, buckets.fixedAt(admitted[i]!, fixedColumn.preferred));
    }
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      const taints = buckets.fixedAt(bucket, fixedColumn.taints);
      const preferred = buckets.fixedAt(bucket, fixedColumn.preferred);
      const fewTaints = maxTaints === 0 ? maxNodeScore : maxNodeScore - Math.floor((maxNodeScore * taints) / maxTaints);
      const affinity = maxPreferred === 0 ? 0 : Math.floor((maxNodeScore * preferred) / maxPreferred);
      constants[bucket]! +=
        weights.taints * fewTaints +
        weights.preferred * affinity +
        weights.images * buckets.fixedAt(bucket, fixedColumn.images);
    }
  }

  /** PodTopologySpread: SEMANTICS 6.6. */
  private addSpread(): void {
    const { buckets, parts, constants, admitted, count, weights, raws, logs } = this;
    const { soft } = parts.spread;
    for (let k = 0; k < soft.length; k++) logs[k] = Math.log(this.sizeOf(soft[k]!, soft[k]!.isHostname) + 2);
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      if (buckets.fixedAt(bucket, fixedColumn.participates) === 0) continue;
      let raw = 0;
      for (let k = 0; k < soft.length; k++) {
        const value = buckets.valueOf(soft[k]!, bucket);
        if (value >= 0) raw += countOf(soft[k]!, value) * logs[k]! + soft[k]!.offset;
      }
      raw = Math.round(raw);
      raws[bucket] = raw;
      if (raw < min) min = raw;
      if (raw > max) max = raw;
    }
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      if (buckets.fixedAt(bucket, fixedColumn.participates) === 0) continue;
      const score = max === 0 ? maxNodeScore : Math.trunc((maxNodeScore * (max + min - raws[bucket]!)) / max);
      constants[bucket]! += weights.spread * score;
    }
  }

  /** Domains among the nodes that are left and take part. */
  private sizeOf(part: Part, isHostname: boolean): number {
    const { buckets, admitted, count, seen } = this;
    const round = ++this.round;
    let size = 0;
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      if (buckets.fixedAt(bucket, fixedColumn.participates) === 0) continue;
      if (isHostname) size += buckets.live[bucket]!;
      else {
        const at = buckets.valueOf(part, bucket) + 1;
        if (seen[at] !== round) size++;
        seen[at] = round;
      }
    }
    return size;
  }

  /** InterPodAffinity: SEMANTICS 6.7. */
  private addPreferences(): void {
    const { buckets, parts, constants, admitted, count, weights, raws } = this;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      let raw = 0;
      for (const part of parts.preferences) {
        const value = buckets.valueOf(part, bucket);
        // With many domains the value is the sum itself, and a node without the label has 0.
        if (!part.byDomain) raw += value;
        else if (value >= 0) raw += part.counts[value]!;
      }
      raws[bucket] = raw;
      if (raw < min) min = raw;
      if (raw > max) max = raw;
    }
    const range = max - min;
    if (range <= 0) return;
    for (let i = 0; i < count; i++) {
      const bucket = admitted[i]!;
      constants[bucket]! += weights.pods * Math.trunc(maxNodeScore * ((raws[bucket]! - min) / range));
    }
  }
}
