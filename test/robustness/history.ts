/**
 * What the suite writes down while it runs: every operation with its outcome as the client saw it, and every event of
 * the change log as each follower saw it. `checker.ts` judges these records alone.
 */

/** Millicores and MiB: the sizes the workload uses are whole in both. */
export interface Size {
  readonly cpu: number;
  readonly memory: number;
}

/** What a client asked to be claimed. `pod` is unique in a run: `namespace/name`. */
export interface ClaimAttempt {
  readonly operation: 'claim';
  readonly pod: string;
  readonly size: Size;
  /** All pods of one request; more than one with `gang` are granted together or not at all. */
  readonly request: string;
  readonly gang: boolean;
  readonly ttlSeconds: number;
  /** Milliseconds since the epoch, of the first attempt and of the last answer. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /**
   * granted — a 201 (the first or a repeat under the same idempotency key); refused — the service said no;
   * unknown — no answer was ever had.
   */
  readonly outcome: 'granted' | 'refused' | 'unknown';
  /** Of a granted claim. */
  readonly id?: string;
  readonly node?: string;
  readonly revision?: number;
}

/** Ends or prolongs a claim. `confirmed`: a 2xx was had. */
export interface ClaimChange {
  readonly operation: 'release' | 'renew' | 'consume';
  readonly pod: string;
  readonly id: string;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly outcome: 'confirmed' | 'refused' | 'unknown';
  readonly revision?: number;
  /** Of a renewal. */
  readonly ttlSeconds?: number;
}

/** An acknowledged import of objects, all or nothing. */
export interface ImportAttempt {
  readonly operation: 'import';
  /** `namespace/name` of every pod in it. */
  readonly pods: readonly string[];
  readonly outcome: 'confirmed' | 'refused' | 'unknown';
  readonly revision?: number;
}

export type Operation = ClaimAttempt | ClaimChange | ImportAttempt;

export interface Node {
  readonly name: string;
  readonly allocatable: Size;
  readonly pods: number;
}

/** One entry of the change log, as read through the API. */
export interface LoggedEvent {
  readonly revision: number;
  /** Position within its revision, from 0. */
  readonly sequence: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: string;
  /** `namespace/name` of a pod, the id of a reservation, the name of anything else. */
  readonly name: string;
  /** Of a reservation. */
  readonly reservation?: {
    readonly pod: string;
    readonly node: string;
    readonly status: string;
    readonly expiresAt: string;
  };
  /** Of a pod: the node it occupies; empty when it occupies none. */
  readonly node?: string;
  /** ISO 8601 UTC, as the log says. */
  readonly at: string;
}

/** What one follower saw, in the order it saw it, until it was overtaken by compaction or the run was over. */
export interface FollowedLog {
  readonly follower: string;
  /** It was to see everything after this revision. */
  readonly after: number;
  readonly events: readonly LoggedEvent[];
}

/** What a follower that was overtaken by compaction made of a snapshot and the changes since. */
export interface RebuiltState {
  readonly follower: string;
  readonly granted: FinalState['granted'];
  readonly pods: FinalState['pods'];
}

/** What is stored at the end, read from a fresh process. */
export interface FinalState {
  readonly revision: number;
  /** Reservations still granted: id → pod and node. */
  readonly granted: ReadonlyMap<string, { readonly pod: string; readonly node: string }>;
  /** `namespace/name` → node. */
  readonly pods: ReadonlyMap<string, string>;
}

export interface History {
  readonly nodes: readonly Node[];
  /** Every pod of the run, its size by `namespace/name`. */
  readonly sizes: ReadonlyMap<string, Size>;
  /** Pods that were on nodes before the run: `namespace/name` → node. */
  readonly initialPods: ReadonlyMap<string, string>;
  readonly operations: readonly Operation[];
  /** The whole log, read at the end. Starts after `startRevision`. */
  readonly log: readonly LoggedEvent[];
  readonly startRevision: number;
  readonly followers: readonly FollowedLog[];
  readonly rebuilt: readonly RebuiltState[];
  readonly final: FinalState;
  /** By how much the service's clock was moved during the run, at most; milliseconds. */
  readonly clockJump: number;
}
