/**
 * What can change in a cluster model, as plain data: the same values are decided by a write, stored as rows, read back
 * by followers and applied by `ClusterModel.apply`. One code path, so a replica cannot drift from the store.
 */
import type { JsonObject, Node } from '../kubernetes/types.js';

/** Bits of `PodRecord.flags`. The low three bits hold the phase. */
export const PodFlag = {
  phaseMask: 0b111,
  /** metadata.deletionTimestamp is set */
  terminating: 1 << 3,
  /** spec.schedulingGates is not empty */
  gated: 1 << 4,
  /** metadata.uid is set: a real cluster admitted it */
  observed: 1 << 5,
  /** condition DisruptionTarget=True with reason PreemptionByScheduler */
  preempted: 1 << 6,
} as const;

export const podPhases = ['', 'Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/** A pod as the model and the narrow rows keep it. */
export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  /** Empty: pending. */
  readonly nodeName: string;
  /**
   * Canonical JSON text of everything scheduling looks at that pods of one template share (`scheduler/pod-shape.ts`).
   * Equal text, equal class.
   */
  readonly shape: string;
  /** Canonical JSON text of the labels that are the pod's own (StatefulSet pod name, Job index …); null for none. */
  readonly ownLabels: string | null;
  /** `PodFlag` bits. */
  readonly flags: number;
  /** status.startTime, milliseconds since the epoch. */
  readonly startTime: number | null;
  /** metadata.creationTimestamp, milliseconds since the epoch. */
  readonly creationTime: number | null;
  readonly nominatedNodeName: string;
}

/** Room promised to somebody (API.md 5): occupies its node as the pod it stands for would. */
export interface ReservationRecord {
  readonly id: string;
  /** The pod it stands for, `nodeName` being the claimed node. */
  readonly pod: PodRecord;
}

export type ModelChange =
  | { readonly type: 'node'; readonly name: string; readonly node: Node | null }
  | { readonly type: 'pod'; readonly namespace: string; readonly name: string; readonly pod: PodRecord | null }
  | { readonly type: 'reservation'; readonly id: string; readonly reservation: ReservationRecord | null }
  | {
      readonly type: 'object';
      /** Empty for the core group. */
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
      /** The manifest as stored. */
      readonly object: JsonObject | null;
    }
  /** A KubeSchedulerConfiguration that has been validated; null: the defaults. */
  | { readonly type: 'scheduler'; readonly configuration: JsonObject | null };
