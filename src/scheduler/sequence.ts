/**
 * Pods placed one after another, each where `schedule` would put it on the model as the earlier ones left it.
 */
import { placedRecord, runCycle } from './cycle.js';
import type { Subject } from './framework.js';
import type { ClusterModel } from './model.js';
import type { PodClass } from './pod-class.js';
import type { ScheduleResult } from './schedule-result.js';
import { Lane, type PlacementLog } from './sequence-lane.js';

/** A lane costs a few cycles to make: classes that come less often take the ordinary cycle. */
const usesBeforeLane = 3;

export class Sequence {
  private count = 0;
  private readonly lanes = new Map<PodClass, Lane>();
  /** How often a class came; -1: no lane for it. */
  private readonly uses = new Map<PodClass, number>();
  /** What has been placed, in order: lanes catch up with it when they are used. */
  private log: PlacementLog = emptyLog();
  /** Numbers of the log's kinds: the class, or the pod itself where it has labels of its own. */
  private kinds = new Map<Subject | PodClass, number>();
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
    const { kinds, log } = this;
    const key = subject.ownLabels === null ? subject.podClass : subject;
    let kind = kinds.get(key);
    if (kind === undefined) {
      kind = log.subjects.length;
      kinds.set(key, kind);
      log.subjects.push(subject);
    }
    log.kinds.push(kind);
    log.slots.push(slot);
  }

  /** The whole cycle of a pod on the model as it is now. */
  result(subject: Subject): ScheduleResult {
    return runCycle(this.model, subject);
  }

  /** The model was changed from outside. */
  private forgetIfChanged(): void {
    if (this.stamp === this.model.stamp) return;
    this.stamp = this.model.stamp;
    this.lanes.clear();
    this.uses.clear();
    this.log = emptyLog();
    this.kinds.clear();
  }

  /** The class's lane, current; null: it takes the ordinary cycle. */
  private laneFor(subject: Subject): Lane | null {
    this.forgetIfChanged();
    const { podClass } = subject;
    const uses = this.uses.get(podClass) ?? 0;
    if (uses < 0) return null;
    let lane = this.lanes.get(podClass) ?? null;
    if (lane !== null) {
      if (
        lane.subject.profile === subject.profile &&
        lane.subject.nodeName === subject.nodeName &&
        this.catchUp(lane)
      ) {
        return lane;
      }
      this.lanes.delete(podClass);
    }
    this.uses.set(podClass, uses + 1);
    if (uses + 1 < usesBeforeLane) return null;
    lane = Lane.make(this.model, subject);
    if (lane === null) {
      this.uses.set(podClass, -1);
      return null;
    }
    lane.position = this.log.slots.length;
    this.lanes.set(podClass, lane);
    return lane;
  }

  private catchUp(lane: Lane): boolean {
    return lane.catchUp(this.log) && !lane.isScattered;
  }
}

function emptyLog(): PlacementLog {
  return { subjects: [], kinds: [], slots: [] };
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
