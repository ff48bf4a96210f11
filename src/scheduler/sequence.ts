/**
 * Pods placed one after another, each where `schedule` would put it on the model as the earlier ones left it.
 */
import { placedRecord, runCycle } from './cycle.js';
import type { Subject } from './framework.js';
import type { ClusterModel } from './model.js';
import type { PodClass } from './pod-class.js';
import { Lane, type LaneContext } from './lane/lane.js';
import { LaneNodes } from './lane/lane-nodes.js';
import { PlacementLog } from './lane/placement-log.js';
import { Rooms } from './lane/room.js';
import type { ScheduleResult } from './schedule-result.js';

/**
 * A lane costs about a cycle to make, and what all lanes share some more: a class gets one when it comes a second time,
 * and in a sequence that has grown longer than this at once.
 */
const shortSequence = 32;

/** Lanes beyond these bytes are not kept. */
const laneBytesLimit = 128 * 1024 * 1024;

interface Entry {
  /** How often the class came; -1: it has no lane. */
  uses: number;
  lane: Lane | null;
}

export class Sequence {
  private count = 0;
  private readonly classes = new Map<PodClass, Entry>();
  /** null: to be made for the first lane. */
  private context: LaneContext | null = null;
  private laneBytes = 0;
  /** How often a lane was asked for that was not there. */
  private missed = 0;
  private stamp: number;

  /** @param model private to the sequence: a fork, which placing changes */
  constructor(readonly model: ClusterModel) {
    this.stamp = model.stamp;
  }

  /**
   * Places the pod on its best node.
   * @param name of the pod in the model; must be unique in its namespace. Default: one that no pod can have.
   * @returns the node's slot, -1 when the pod fits nowhere (then `result` says why)
   */
  place(subject: Subject, name?: string): number {
    const slot = this.pick(subject);
    if (slot >= 0) this.placeOn(subject, slot, name);
    return slot;
  }

  /** The node that `place` would take, -1 when there is none. Places nothing. */
  pick(subject: Subject): number {
    const lane = this.laneFor(subject);
    return lane === null ? runCycle(this.model, subject).best : lane.pick();
  }

  /**
   * Takes in that the caller has put the pod on the node. Whatever has changed the model since the last use must be such
   * placements.
   */
  adopt(subject: Subject, slot: number): void {
    this.stamp = this.model.stamp;
    this.record(subject, slot);
  }

  /** Puts the pod on a node, whether it fits there or not. */
  placeOn(subject: Subject, slot: number, name = `${subject.name}#${this.count}`): void {
    this.forgetIfChanged();
    this.count++;
    const pod = placedRecord(subject, this.model.nodeName(slot), name);
    this.model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
    this.stamp = this.model.stamp;
    this.record(subject, slot);
  }

  private record(subject: Subject, slot: number): void {
    if (this.context === null) return;
    const { log, nodes } = this.context;
    const rank = nodes.rankOf(slot);
    if (rank >= 0) log.add(subject, rank);
  }

  /** The whole cycle of a pod on the model as it is now. */
  result(subject: Subject): ScheduleResult {
    return runCycle(this.model, subject);
  }

  /** The model was changed from outside. */
  private forgetIfChanged(): void {
    if (this.stamp === this.model.stamp) return;
    this.stamp = this.model.stamp;
    this.classes.clear();
    this.context = null;
    this.laneBytes = 0;
  }

  /** The class's lane, current; null: it takes the ordinary cycle. */
  private laneFor(subject: Subject): Lane | null {
    this.forgetIfChanged();
    const { podClass } = subject;
    let entry = this.classes.get(podClass);
    if (entry === undefined) this.classes.set(podClass, (entry = { uses: 0, lane: null }));
    if (entry.uses < 0 || this.model.anyWide) return null;
    if (entry.lane !== null) {
      if (serves(entry.lane, subject) && entry.lane.catchUp()) return entry.lane;
      this.drop(entry);
    }
    entry.uses++;
    this.missed++;
    if ((entry.uses === 1 && this.missed <= shortSequence) || !this.hasSpace()) return null;
    const lane = Lane.make(this.currentContext(), subject);
    entry.lane = lane;
    if (lane === null) entry.uses = -1;
    else this.laneBytes += lane.bytes;
    return lane;
  }

  private currentContext(): LaneContext {
    if (this.context === null) {
      const nodes = new LaneNodes(this.model);
      const log = new PlacementLog();
      this.context = { nodes, log, rooms: new Rooms(nodes, log) };
    }
    return this.context;
  }

  /**
   * Whether one more lane may be made. Where the lanes are too many, the longest unused goes, unless all are in use: in a
   * round of too many classes each would go just before its turn.
   */
  private hasSpace(): boolean {
    if (this.laneBytes < laneBytesLimit) return true;
    let lanes = 0;
    let oldest: Entry | null = null;
    this.laneBytes = 0;
    for (const entry of this.classes.values()) {
      if (entry.lane === null) continue;
      lanes++;
      this.laneBytes += entry.lane.bytes;
      if (oldest?.lane == null || entry.lane.position < oldest.lane.position) oldest = entry;
    }
    if (this.laneBytes < laneBytesLimit) return true;
    if (oldest?.lane == null || this.context!.log.length - oldest.lane.position < 4 * lanes) return false;
    this.drop(oldest);
    oldest.uses = 0;
    return true;
  }

  private drop(entry: Entry): void {
    this.laneBytes -= entry.lane?.bytes ?? 0;
    entry.lane?.release();
    entry.lane = null;
  }
}

/** Whether a lane that was made for one pod of a class answers for another. */
function serves({ subject: known }: Lane, subject: Subject): boolean {
  return (
    known.profile === subject.profile &&
    known.nodeName === subject.nodeName &&
    (known.ownLabels === null) === (subject.ownLabels === null)
  );
}

export interface Replicas {
  /** Node slots in order of placement. */
  readonly placements: readonly number[];
  /** The cycle of the first replica that did not fit; null when all `max` did. */
  readonly failure: ScheduleResult | null;
}

/** Identical replicas until none fits or there are `max`. Changes `model`. */
export function placeReplicas(model: ClusterModel, subject: Subject, max: number): Replicas {
  const sequence = new Sequence(model);
  const placements: number[] = [];
  while (placements.length < max) {
    const slot = sequence.place(subject);
    if (slot < 0) return { placements, failure: sequence.result(subject) };
    placements.push(slot);
  }
  return { placements, failure: null };
}
