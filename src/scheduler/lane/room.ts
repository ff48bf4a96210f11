/**
 * Where there is room for a request, and how well it would sit there: the scores that depend on the node's use alone (fit
 * and balance). Lanes of equal requests and equal nodes share one, so that a node which changed is scored once for all of
 * them.
 */
import { maxNodeScore, type Cycle, type NodeFilter, type Scorer } from '../framework.js';
import { nodeResourcesBalancedAllocation } from '../plugins/node-resources-balanced-allocation.js';
import { nodeResourcesFit } from '../plugins/node-resources-fit.js';
import type { Profile } from '../profile.js';
import type { LaneNodes } from './lane-nodes.js';
import type { PlacementLog } from './placement-log.js';

/** Score plugins that a room adds up. */
const scoredBy = [nodeResourcesFit, nodeResourcesBalancedAllocation];

/** Bases are below this, or there is no room for the cycle. */
const baseSpan = 2 ** 30;

export class Room {
  /** Weighted score by rank; -1: no room, or none of the nodes. */
  readonly base: Int32Array;
  /** By block: none of its bases is larger. Whoever looks at the whole block may lower it to the largest. */
  readonly peaks: Int32Array;
  /** Lanes that use it; `Rooms` counts them. */
  users = 0;
  private position: number;
  private readonly fit: NodeFilter | null;
  private readonly scorers: {
    readonly scorer: Scorer;
    readonly weight: number;
  }[] = [];

  /**
   * @param cycle of any pod with the requests
   * @param passing slots of the nodes that are looked at
   */
  constructor(
    private readonly nodes: LaneNodes,
    private readonly log: PlacementLog,
    cycle: Cycle,
    readonly passing: Int32Array,
  ) {
    const fit = cycle.profile.filters.includes(nodeResourcesFit.name) ? nodeResourcesFit.preFilter(cycle) : null;
    this.fit = fit?.type === 'filter' ? fit.filter : null;
    for (const plugin of scoredBy) {
      const weight = cycle.profile.scores.get(plugin.name) ?? 0;
      const scorer = weight === 0 ? null : plugin.preScore(cycle, nodes.all);
      if (scorer !== null) this.scorers.push({ scorer, weight });
    }
    this.base = new Int32Array(nodes.count).fill(-1);
    this.peaks = new Int32Array(nodes.blockGroup.length).fill(-1);
    this.position = log.length;
    nodes.listScratch.slots.set(passing);
    for (let i = 0; i < passing.length; i++) nodes.ranksScratch[i] = nodes.rankOf(passing[i]!);
    this.score(passing.length);
  }

  /** Ranks of the nodes that have room. The room must be current. */
  get roomy(): Int32Array {
    const { base, nodes } = this;
    const { ranksScratch } = nodes;
    let count = 0;
    for (let rank = 0; rank < base.length; rank++) if (base[rank]! >= 0) ranksScratch[count++] = rank;
    return ranksScratch.subarray(0, count);
  }

  catchUp(): void {
    const { log, nodes } = this;
    const from = this.position;
    if (from === log.length) return;
    this.position = log.length;
    this.score(nodes.distinct(log.ranks, from, this.base));
  }

  /** Scores the first `count` nodes of the scratches. */
  private score(count: number): void {
    const { base, peaks, nodes } = this;
    const { blockOf } = nodes;
    const { ranksScratch: ranks, scoresScratch: scores } = nodes;
    const { slots } = nodes.listScratch;
    for (let i = 0; i < count; i++) base[ranks[i]!] = -1;
    const left = this.roomyOf(count);
    scores.fill(0, 0, left);
    for (const { scorer, weight } of this.scorers) scorer.add(weight, slots, left, scores);
    for (let i = 0; i < left; i++) base[ranks[i]!] = scores[i]!;
    for (let i = 0; i < left; i++) {
      const rank = ranks[i]!;
      const block = blockOf[rank]!;
      if (base[rank]! > peaks[block]!) peaks[block] = base[rank]!;
    }
  }

  /** Moves those of the first `count` nodes of the scratches that have room to their front; returns how many they are. */
  private roomyOf(count: number): number {
    if (this.fit === null) return count;
    const { listScratch: list, ranksScratch: ranks, refusedScratch: refused } = this.nodes;
    const { slots, out } = list;
    list.length = count;
    const struck = this.fit.strike(list, refused);
    if (struck === 0) return count;
    let left = 0;
    for (let i = 0; i < count; i++) {
      if (out[slots[i]!] === 1) continue;
      slots[left] = slots[i]!;
      ranks[left++] = ranks[i]!;
    }
    for (let i = 0; i < struck; i++) out[refused[i]!] = 0;
    return left;
  }
}

export class Rooms {
  private readonly byProfile = new Map<Profile, Map<string, Room[]>>();

  constructor(
    private readonly nodes: LaneNodes,
    private readonly log: PlacementLog,
  ) {}

  /**
   * The room of the cycle's pod, current; null where its scores are too large.
   * @param passing slots of the nodes that are looked at, by name
   */
  take(cycle: Cycle, passing: Int32Array): Room | null {
    const { profile } = cycle;
    const weights = scoredBy.reduce((sum, { name }) => sum + (profile.scores.get(name) ?? 0), 0);
    if (weights * maxNodeScore >= baseSpan) return null;
    let rooms = this.byProfile.get(profile);
    if (rooms === undefined) this.byProfile.set(profile, (rooms = new Map()));
    const key = keyOf(cycle);
    const alike = rooms.get(key) ?? [];
    let room = alike.find((other) => areEqual(other.passing, passing));
    if (room === undefined) {
      room = new Room(this.nodes, this.log, cycle, passing);
      rooms.set(key, [...alike, room]);
    } else room.catchUp();
    room.users++;
    return room;
  }

  /** A lane does without its room from now on. */
  release(room: Room, cycle: Cycle): void {
    if (--room.users > 0) return;
    const rooms = this.byProfile.get(cycle.profile);
    const key = keyOf(cycle);
    const others = rooms?.get(key)?.filter((other) => other !== room) ?? [];
    if (others.length === 0) rooms?.delete(key);
    else rooms?.set(key, others);
  }
}

/** Equal keys, equal requests. */
function keyOf({ podClass }: Cycle): string {
  const { requests, scoring } = podClass.source;
  return JSON.stringify([requests, scoring]);
}

function areEqual(a: Int32Array, b: Int32Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
