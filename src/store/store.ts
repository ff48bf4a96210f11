/**
 * What the use cases may ask of storage. Made by `createStore(options)` (`create-store.ts`); nothing above this folder
 * sees TypeORM, SQL or a connection.
 *
 * Rules for writers:
 * - Every key that a decision puts or deletes must be in its `load` (keys or all): whether a change is ADDED or MODIFIED
 *   and which manifest row it replaces is known from there. Every reservation that it changes must be loaded or new.
 * - `decide` may be called again after a failed attempt: it must be a function of the draft alone. A long decision may be
 *   a generator that yields now and then, so that the event loop is not held.
 * - Many or large manifests are staged first (`stage`), in slices, outside any transaction, and named by their tickets.
 */
import type { JsonObject } from '../kubernetes/types.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { ModelChange } from '../scheduler/model-change.js';
import type { PodPack } from './packed-objects.js';
import type { PackedTexts } from './packed-texts.js';

/** API group ('' is core), kind, namespace ('' for cluster-scoped), name. */
export interface ObjectKey {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One published state of one cluster. Never changed after publication: what holds a reference holds a snapshot. */
export interface ClusterState {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** KubeSchedulerConfiguration as sent; null: the defaults. */
  readonly scheduler: JsonObject | null;
  readonly revision: number;
  /** ISO 8601 UTC; null before anything was imported. */
  readonly asOf: string | null;
  readonly model: ClusterModel;
}

export interface StoredObject {
  readonly key: ObjectKey;
  /** Revision of its last change. */
  readonly revision: number;
  /** SHA-256 (hex, first 32) of the content that counts: without resourceVersion and heartbeat times. */
  readonly hash: string;
  readonly manifest: JsonObject;
}

export type ReservationStatus = 'granted' | 'released' | 'expired' | 'lost' | 'consumed';

export interface ReservationRow {
  readonly id: string;
  readonly namespace: string;
  readonly podName: string;
  readonly node: string;
  readonly status: ReservationStatus;
  readonly owner: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  /** When it ended; null while granted. */
  readonly endedAt: string | null;
  readonly revision: number;
  /** The pod manifest claimed for. */
  readonly manifest: JsonObject;
  readonly consumedBy: { readonly namespace: string; readonly labelSelector: string } | null;
  /** `namespace/name` of the pod that consumed it. */
  readonly consumedByPod: string | null;
}

/** One object's change within one revision, as decided by a use case. */
export type Change =
  | {
      readonly op: 'put';
      readonly key: ObjectKey;
      /** JSON text of the manifest as stored, or the ticket of one that `stage` has written already. */
      readonly manifest: string | StagedManifest;
      readonly hash: string;
      /** JSON text of metadata.labels, null for none: for label selectors on lists. */
      readonly labels: string | null;
      /** Kinds that the model does not keep have none. */
      readonly model: ModelChange | null;
      /** A pod of a bulk write: where its row is packed already. */
      readonly packed?: { readonly pack: PodPack; readonly place: number };
    }
  | { readonly op: 'delete'; readonly key: ObjectKey; readonly model: ModelChange | null }
  | { readonly op: 'reservation'; readonly row: Omit<ReservationRow, 'revision'>; readonly model: ModelChange | null }
  | {
      readonly op: 'cluster';
      readonly description: string;
      readonly scheduler: JsonObject | null;
      readonly model: ModelChange | null;
    }
  | { readonly op: 'asOf'; readonly asOf: string };

/** A manifest already in the database that no object refers to yet. */
export interface StagedManifest {
  readonly staged: number;
  /** Set by the store once a commit has used it. */
  used: 'no' | 'yes' | 'unknown';
}

/** Some manifests that were staged together. */
export interface StagedSlice {
  /** The ticket of the manifest at that place in the slice. Made when asked for: a slice keeps a byte a manifest. */
  ticket(index: number): StagedManifest;
}

/** Manifests written ahead of a bulk commit, so that the commit itself is short. */
export interface Stage {
  /** Writes JSON texts, whose memory it takes. Call with slices of some hundred, a megabyte at most. */
  add(manifests: PackedTexts): Promise<StagedSlice>;
  /** Forgets what no commit has used. Call in `finally`, whatever happened. */
  dispose(): Promise<void>;
}

/** The state a decision is made on: the draft of the batch, current to the locked revision. Do not change its model. */
export interface Draft extends ClusterState {
  /** The revision that this decision's changes will have. */
  readonly nextRevision: number;
  /** Stored rows of the keys asked for in `load`; absent keys are absent here. Key text: `keyText(key)`. */
  readonly loaded: ReadonlyMap<string, LoadedObject>;
  /** Rows asked for in `reservations`, by id. */
  readonly reservations: ReadonlyMap<string, ReservationRow>;
}

export interface LoadedObject {
  readonly revision: number;
  readonly hash: string;
  /** Present when `load.manifests` asked for it. */
  readonly manifest?: JsonObject;
}

/** An array of changes; or what makes them one after another, each time it is gone through: for more than memory likes. */
export interface Changes extends Iterable<Change> {
  readonly length: number;
}

export interface Decision<T> {
  /** Empty: nothing changes, no new revision. */
  readonly changes: Changes;
  readonly result: T;
}

/** A refused decision throws; its error reaches the caller of `commit` unchanged and leaves no trace. */
export interface CommitRequest<T> {
  readonly load?:
    | { readonly keys: readonly ObjectKey[]; readonly manifests: boolean }
    /** Every imported object of these kinds (all kinds when empty), without manifests: for snapshots. */
    | { readonly all: readonly { readonly group: string; readonly kind: string }[] };
  /** Reservation rows to load: these ids (ended ones too), or all that are granted. */
  readonly reservations?: { readonly ids: readonly string[] } | 'granted';
  /**
   * Many changes: decided in a transaction of its own, in which each of its changes is gone through once, taken into the
   * model and written at once, so that no more than a slice of them is in memory. Names no key twice.
   */
  readonly bulk?: boolean;
  /** Synchronous, or a generator for long ones. Must not change the draft; fork its model to try things. */
  readonly decide: (draft: Draft) => Decision<T> | Generator<void, Decision<T>>;
  readonly idempotency?: IdempotencyClaim<T>;
}

export interface IdempotencyClaim<T> {
  /** Caller, cluster and path: one key means one thing there. */
  readonly scope: string;
  readonly key: string;
  /** Hash of the request body: another body under the same key is `idempotency_key_reused`. */
  readonly fingerprint: string;
  /** What a repeat gets back: JSON text stored in the same transaction, for 24 hours. */
  readonly encode: (result: T, revision: number) => string;
}

export interface Committed<T> {
  /** The state after this request's changes (its own revision). */
  readonly revision: number;
  readonly result: T | null;
  /** Set instead of `result` when the idempotency key was seen before: the stored first answer. */
  readonly replay: string | null;
}

/** Thrown by the store; services let them pass, HTTP turns them into problems. */
export class StoreError extends Error {
  constructor(
    readonly code:
      | 'not_found'
      | 'already_exists'
      | 'precondition_failed'
      | 'idempotency_key_reused'
      | 'request_in_progress'
      | 'revision_expired'
      | 'revision_not_reached'
      | 'outcome_unknown'
      | 'overloaded'
      | 'storage_full'
      | 'storage_unavailable',
    message: string,
  ) {
    super(message);
    this.name = 'StoreError';
  }
}

export interface ListQuery {
  /** Absent: every kind. */
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  /** Exclusive lower bound in (group, kind, namespace, name) order, bytewise. */
  readonly after?: ObjectKey;
  readonly limit: number;
  /** Narrow filter evaluated per row before its manifest is read. */
  readonly matches?: (row: ListRow) => boolean;
}

export interface ListRow {
  readonly key: ObjectKey;
  readonly labels: Readonly<Record<string, string>>;
  /** Pods only; '' otherwise. */
  readonly nodeName: string;
  readonly phase: string;
  /** Nodes only. */
  readonly unschedulable: boolean;
}

export interface StreamSlice {
  /** Of the state that all slices are from. */
  readonly revision: number;
  readonly objects: readonly StoredObject[];
}

export interface ListPage {
  readonly items: readonly StoredObject[];
  /** Key of the last item when more follow. */
  readonly next: ObjectKey | null;
  /** All that match, on all pages. */
  readonly total: number;
  readonly revision: number;
  readonly asOf: string | null;
}

export interface ChangeEvent {
  readonly revision: number;
  /** Position within the revision, from 0. */
  readonly sequence: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Kind `Reservation` (group `stowage`) and `Cluster` (group `stowage`) for what is not a Kubernetes object. */
  readonly key: ObjectKey;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** What replaying claims needs: see `store/change-log.ts`. */
  readonly data: JsonObject | null;
}

export interface Store {
  /** Connects, migrates, creates the cluster `default` at the first start, builds the models. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Throws `storage_unavailable` when the database does not answer. */
  ping(): Promise<void>;
  /** True when every model is current to the store. */
  readonly ready: boolean;
  /** The DATABASE_URL at which others find the same database: of `sqlite::memory:` its temporary file. */
  readonly address: string;

  /** Published states, by name, bytewise. */
  clusters(): readonly ClusterState[];
  cluster(name: string): ClusterState | undefined;
  /** Waits at most `timeoutMs` until the cluster's revision is at least `revision`; else `revision_not_reached`. */
  waitForRevision(name: string, revision: number, timeoutMs: number): Promise<ClusterState>;
  /** `create`: what `If-None-Match: *` asks; `already_exists` is `precondition_failed` then. */
  createCluster(name: string, description: string, scheduler: JsonObject | null): Promise<ClusterState>;
  deleteCluster(name: string, ifRevision?: number): Promise<void>;

  commit<T>(cluster: string, request: CommitRequest<T>): Promise<Committed<T>>;
  stage(cluster: string): Stage;

  get(cluster: string, key: ObjectKey): Promise<StoredObject | undefined>;
  getMany(cluster: string, keys: readonly ObjectKey[]): Promise<readonly StoredObject[]>;
  list(cluster: string, query: ListQuery): Promise<ListPage>;
  /** Every imported object of one state, in (group, kind, namespace, name) order; at least one slice, maybe empty. */
  stream(cluster: string): AsyncIterable<StreamSlice>;

  reservation(cluster: string, id: string): Promise<ReservationRow | undefined>;
  reservations(
    cluster: string,
    after: string | null,
    limit: number,
    status?: ReservationStatus,
  ): Promise<{
    items: readonly ReservationRow[];
    next: string | null;
    total: number;
    revision: number;
    asOf: string | null;
  }>;

  /** Ids of granted reservations whose `expiresAt` is at or before `time` (ISO 8601 UTC), earliest first. */
  dueReservations(cluster: string, time: string, limit: number): Promise<readonly string[]>;

  /** Events after the position (exclusive), oldest first; `revision_expired` when compacted. */
  changes(
    cluster: string,
    after: { revision: number; sequence: number },
    limit: number,
  ): Promise<readonly ChangeEvent[]>;
  /** Called after each publication; returns the unsubscribe function. */
  subscribe(cluster: string, listener: (state: ClusterState) => void): () => void;

  /** Builds the model anew from one consistent reading of the rows and compares its checksum with the published one. */
  verify(cluster: string): Promise<Verification>;
}

export interface Verification {
  readonly revision: number;
  readonly equal: boolean;
  /** False: under many writes, the published model was never seen at the very revision that was read. */
  readonly met: boolean;
  /** Checksums of the published model and of the one built from rows. */
  readonly published: string;
  readonly stored: string;
}

/** `group/Kind/namespace/name`, a Map key. */
export function keyText(key: ObjectKey): string {
  return `${key.group}/${key.kind}/${key.namespace}/${key.name}`;
}
