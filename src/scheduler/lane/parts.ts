/** The parts of a pod class together: what a placement does to them, and to the nodes that they tell apart. */
import type { Cycle, Subject } from '../framework.js';
import { portsConflict } from '../plugins/node-ports.js';
import { AffinityParts, type Affinity } from './affinity-parts.js';
import type { Buckets } from './buckets.js';
import type { LaneNodes } from './lane-nodes.js';
import { countOf, type Part } from './part.js';
import { isBalanced, moveInHistogram, spreadParts, type HardSpread, type SpreadParts } from './spread-parts.js';

/** What a placed pod adds to its domain of a part. Never 0. */
interface Effect {
  readonly part: Part;
  readonly amount: number;
}

/** What most pods do to a class: nothing but take room. */
export const noEffects: readonly Effect[] = [];

export class Parts {
  readonly spread: SpreadParts;
  readonly preferences: readonly Part[];
  /** Parts whose domains stay with a node, and those whose counts tell nodes apart: `Part.column` counts in each. */
  readonly fixed: readonly Part[];
  readonly moving: readonly Part[];
  /** Domains of these with a count are closed for good, being left by nobody: their nodes leave the buckets. */
  private readonly closing: readonly Part[];
  private readonly blocked: readonly Part[];
  private readonly affinity: AffinityParts;
  private readonly all: readonly Part[];

  constructor(
    private readonly cycle: Cycle,
    private readonly nodes: LaneNodes,
    /** Values of nodes that stay and are no part's come first. */
    firstFixedColumn: number,
  ) {
    this.spread = spreadParts(cycle, nodes);
    this.affinity = new AffinityParts(cycle, nodes);
    this.preferences = this.affinity.preferences;
    this.blocked = this.affinity.blocked.filter(({ byDomain }) => byDomain);
    this.closing = [...this.affinity.blocked.filter(({ byDomain }) => !byDomain), ...this.portParts()];
    const telling = [
      ...this.spread.hard,
      ...this.spread.soft,
      ...this.affinity.required,
      ...this.blocked,
      ...this.preferences,
    ];
    this.fixed = telling.filter(({ byDomain }) => byDomain);
    this.moving = telling.filter(({ byDomain }) => !byDomain);
    this.fixed.forEach((part, i) => (part.column = firstFixedColumn + i));
    this.moving.forEach((part, i) => (part.column = i));
    this.all = [...telling, ...this.closing];
  }

  /** Bytes that it keeps. */
  get bytes(): number {
    return this.all.reduce((sum, { counts }) => sum + counts.byteLength, 0);
  }

  /** Pods that bind the subject's host ports close a node. Those there before are NodePorts' own to see. */
  private portParts(): Part[] {
    const { podClass, profile } = this.cycle;
    const wanted = podClass.hostPorts;
    if (wanted.length === 0 || !profile.filters.includes('NodePorts')) return [];
    const domains = this.nodes.each;
    const delta = (placed: Subject): number =>
      placed.podClass.hostPorts.some((port) => wanted.some((other) => portsConflict(port, other))) ? 1 : 0;
    return [
      {
        domains,
        counts: new Float64Array(domains.size),
        byDomain: false,
        column: -1,
        counted: null,
        delta,
      },
    ];
  }

  /** Those of the ranks that no pod there closes to the subject. */
  open(roomy: Int32Array): Int32Array {
    const ranks = roomy.slice();
    let count = ranks.length;
    for (const { domains, counts } of this.closing) {
      const { ids } = domains;
      const candidates = count;
      count = 0;
      for (let i = 0; i < candidates; i++) {
        const rank = ranks[i]!;
        if (ids[rank]! < 0 || counts[ids[rank]!] === 0) ranks[count++] = rank;
      }
    }
    return ranks.subarray(0, count);
  }

  /** null: the pod holds a term about a topology key that there is no part for. */
  effectsOf(placed: Subject): readonly Effect[] | null {
    if (!this.affinity.follows(placed)) return null;
    const effects: Effect[] = [];
    for (const part of this.all) {
      const amount = part.delta(placed);
      if (amount !== 0) effects.push({ part, amount });
    }
    return effects.length === 0 ? noEffects : effects;
  }

  /**
   * Adds what a placed pod adds to the domains of its node; nodes whose values change go to other buckets.
   * @param moved told of other nodes whose bucket may be another
   */
  apply(effects: readonly Effect[], rank: number, buckets: Buckets, moved: (rank: number) => void): void {
    for (const { part, amount } of effects) {
      const domain = domainOf(part, rank);
      if (domain < 0) continue;
      const before = part.counts[domain]!;
      part.counts[domain] = before + amount;
      if ('histogram' in part) moveInHistogram(part as HardSpread, before, before + amount);
      if ('total' in part) (part as Affinity).total += amount;
    }
    for (const { part, amount } of effects) {
      const domain = part.byDomain ? -1 : domainOf(part, rank);
      if (domain < 0) continue;
      // A second pod changes nothing where only whether there is one matters.
      if (part.binary === true && part.counts[domain]! > amount) continue;
      const isClosing = part.column < 0;
      const members = part.domains.areNodes ? null : part.domains.membersOf(domain);
      for (let i = 0; i < (members?.length ?? 1); i++) {
        const member = members === null ? rank : members[i]!;
        if (isClosing) buckets.leave(member);
        else {
          buckets.move(member);
          if (member !== rank) moved(member);
        }
      }
    }
  }

  /** Whether the filters that look at other pods let the subject onto the bucket's nodes. */
  admits(buckets: Buckets, bucket: number): boolean {
    for (const part of this.spread.hard) {
      const value = buckets.valueOf(part, bucket);
      if (value < 0 || !isBalanced(part, countOf(part, value))) return false;
    }
    const { required, matchesItself } = this.affinity;
    const anywhere = matchesItself && required.every(({ total }) => total === 0);
    for (const part of required) {
      const value = buckets.valueOf(part, bucket);
      if (value < 0 || (!anywhere && countOf(part, value) <= 0)) return false;
    }
    for (const part of this.blocked) {
      const value = buckets.valueOf(part, bucket);
      if (value >= 0 && countOf(part, value) > 0) return false;
    }
    return true;
  }
}

/** The node's domain, -1 where it has none or its pods do not count. */
function domainOf({ domains, counted }: Part, rank: number): number {
  return counted === null || counted(rank) ? domains.ids[rank]! : -1;
}
