/** The rows that one batch of decisions writes, collected change by change; a later change of a key replaces an earlier. */
import type { PodRecord } from '../scheduler/model-change.js';
import { changeKey, eventData } from './change-log.js';
import { recordText, type LoadedReservation } from './model-rows.js';
import type { PodPack } from './packed-objects.js';
import type { PodClasses } from './pod-classes.js';
import { manifestId as idOfManifest, type SqlRow, type SqlValue, type TableName } from './rows.js';
import { slices, type Step } from './session.js';
import { keyText, type Change, type LoadedObject, type ObjectKey, type StagedManifest } from './store.js';

/** A stored row as loaded in the batch's transaction; `manifest` parses when looked at. */
export class LoadedRow implements LoadedObject {
  private parsed: LoadedObject['manifest'];

  constructor(
    readonly revision: number,
    readonly hash: string,
    readonly manifestId: number,
    private readonly body: string | null,
  ) {}

  get manifest(): LoadedObject['manifest'] {
    if (this.body !== null) this.parsed ??= JSON.parse(this.body) as NonNullable<LoadedObject['manifest']>;
    return this.parsed;
  }
}

/** Rows a statement: a slice is a few milliseconds of the main thread at most. */
const ROWS_A_STEP = 500;

type ObjectTable = 'node' | 'pod' | 'object';

export class BatchRows {
  /** Rows as the batch so far leaves them: null for deleted. Grows with the decisions. */
  readonly objects = new Map<string, LoadedRow | null>();
  /** Kinds (`group/Kind`) of which every stored object was loaded: what is not in `objects` does not exist. */
  wholeKinds: ReadonlySet<string> | 'all' = new Set();
  readonly reservations = new Map<string, LoadedReservation>();
  /** True: nothing is decided after these changes, so what they put need not be in `objects`. */
  bulk = false;
  /** Of the last change. */
  private revision = 0;
  /** Staged manifests that the batch uses. */
  readonly staged: StagedManifest[] = [];

  private readonly upserts = new Map<TableName, Map<string | number, SqlRow>>();
  private readonly removals = new Map<TableName, Map<string | number, SqlRow>>();
  private readonly log: SqlRow[] = [];
  private readonly packs = new Set<PodPack>();
  private readonly newClasses = new Map<string, number>();

  /** @param manifests number of manifest ids of the cluster given out so far */
  constructor(
    private readonly cluster: { readonly id: number; readonly name: string },
    private readonly classes: PodClasses,
    private manifests: number,
    /** ISO 8601 UTC. */
    private readonly at: string,
  ) {}

  get manifestCount(): number {
    return this.manifests;
  }

  /** Classes that are not in the database yet: id → shape. To be added to the replica's once committed. */
  get addedClasses(): ReadonlyMap<string, number> {
    return this.newClasses;
  }

  /** @throws Error when the change needs rows that were not loaded: a mistake of the use case */
  check(change: Change): void {
    if ((change.op === 'put' || change.op === 'delete') && !this.isLoaded(change.key)) {
      throw new Error(`${keyText(change.key)} is changed and was not loaded`);
    }
    if (change.op === 'put' && change.key.kind === 'Pod' && change.model?.type !== 'pod') {
      throw new Error(`${keyText(change.key)} has no pod record`);
    }
    if (change.op === 'reservation' && change.row.status === 'granted' && change.model === null) {
      if (!this.reservations.has(change.row.id)) throw new Error(`reservation ${change.row.id} was not loaded`);
    }
  }

  /** @param sequence position within the revision */
  add(change: Change, revision: number, sequence: number): void {
    this.revision = revision;
    const key = changeKey(change, this.cluster.name);
    let type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'MODIFIED';
    let classId: number | null = null;
    if (change.op === 'put') {
      if (!this.objects.get(keyText(key))) type = 'ADDED';
      if (change.packed !== undefined && this.bulk) {
        this.putPacked(change, type === 'ADDED', sequence);
        return;
      }
      classId = this.put(change, revision);
    } else if (change.op === 'delete') {
      type = 'DELETED';
      this.delete(key);
    } else if (change.op === 'reservation') {
      if (!this.reservations.has(change.row.id)) type = 'ADDED';
      else if (change.row.status !== 'granted') type = 'DELETED';
      classId = this.reservation(change, revision);
    }
    const { group, kind, namespace, name } = key;
    const data = eventData(change);
    this.log.push([this.cluster.id, revision, sequence, type, group, kind, namespace, name, this.at, classId, data]);
  }

  /** @param answerKey of the claim, no other's */
  rememberAnswer(
    answerKey: string,
    claim: { readonly scope: string; readonly key: string; readonly fingerprint: string },
    revision: number,
    response: string,
  ): void {
    const row = [claim.scope, claim.key, this.cluster.id, claim.fingerprint, revision, response, this.at];
    this.upsert('idempotency', answerKey, row);
  }

  /** Steps of at most `ROWS_A_STEP` rows: deletions first, so that a key that comes back stays. */
  *steps(): Generator<Step> {
    for (const [table, keys] of this.removals) {
      for (const part of slices([...keys.values()], ROWS_A_STEP)) yield { op: 'remove', table, keys: part };
    }
    for (const [table, rows] of this.upserts) {
      for (const part of slices([...rows.values()], ROWS_A_STEP)) yield { op: 'upsert', table, rows: part };
    }
    for (const pack of this.packs) {
      yield { op: 'packed-pods', writes: pack.writes(this.cluster.id, this.revision, this.at) };
    }
    for (const part of slices(this.log, ROWS_A_STEP)) yield { op: 'upsert', table: 'change_log', rows: part };
  }

  /**
   * The steps so far; the rows are forgotten. For bulk writes, which change every key once. The pack that was added to
   * last stays: there may be more to come.
   */
  drain(): Step[] {
    const open = [...this.packs].at(-1);
    if (open) this.packs.delete(open);
    const steps = [...this.steps()];
    this.packs.clear();
    if (open) this.packs.add(open);
    this.removals.clear();
    this.upserts.clear();
    this.log.length = 0;
    return steps;
  }

  private isLoaded(key: ObjectKey): boolean {
    if (this.objects.has(keyText(key)) || this.wholeKinds === 'all') return true;
    return this.wholeKinds.has(`${key.group}/${key.kind}`);
  }

  private put(change: Change & { op: 'put' }, revision: number): number | null {
    const { key, hash, labels, model } = change;
    const text = keyText(key);
    const manifest = this.manifest(change.manifest, this.objects.get(text)?.manifestId);
    const body = typeof change.manifest === 'string' ? change.manifest : null;
    if (!this.bulk) this.objects.set(text, new LoadedRow(revision, hash, manifest, body));
    const { id } = this.cluster;
    const { group, kind, namespace, name } = key;
    if (model?.type === 'pod' && model.pod !== null) {
      const { pod } = model;
      const classId = this.classOf(pod.shape);
      const times = [pod.startTime, pod.creationTime];
      const rest = [classId, pod.nodeName, pod.ownLabels, pod.flags, ...times, pod.nominatedNodeName];
      this.upsert('pod', text, [id, namespace, name, revision, hash, manifest, ...rest]);
      return classId;
    }
    if (model?.type === 'node') {
      const unschedulable = model.node?.spec.unschedulable === true ? 1 : 0;
      this.upsert('node', text, [id, name, revision, hash, labels, unschedulable, manifest]);
    } else {
      const modelled = model === null ? 0 : 1;
      this.upsert('object', text, [id, group, kind, namespace, name, revision, hash, labels, modelled, manifest]);
    }
    return null;
  }

  /** Its rows, that of the log included, are made where they are written. */
  private putPacked({ key, manifest, model, packed }: Change & { op: 'put' }, added: boolean, sequence: number): void {
    if (model?.type !== 'pod' || model.pod === null) throw new Error(`${keyText(key)} is packed and is no pod`);
    const { pack, place } = packed!;
    const manifestId = this.manifest(manifest, this.objects.get(keyText(key))?.manifestId);
    pack.put(place, added, this.classOf(model.pod.shape), sequence, manifestId);
    this.packs.add(pack);
  }

  private delete(key: ObjectKey): void {
    const text = keyText(key);
    const stored = this.objects.get(text);
    if (!this.bulk) this.objects.set(text, null);
    const { group, kind, namespace, name } = key;
    const { id } = this.cluster;
    const table: ObjectTable = group !== '' ? 'object' : kind === 'Node' ? 'node' : kind === 'Pod' ? 'pod' : 'object';
    const rowKey: SqlRow =
      table === 'node' ? [id, name] : table === 'pod' ? [id, namespace, name] : [id, group, kind, namespace, name];
    this.remove(table, text, rowKey);
    if (stored) this.remove('manifest', stored.manifestId, [stored.manifestId]);
  }

  /** The id under which the manifest is (staged) or will be stored. */
  private manifest(manifest: string | StagedManifest, replaced: number | undefined): number {
    if (typeof manifest === 'string') {
      const id = replaced ?? idOfManifest(this.cluster.id, this.manifests++);
      this.upsert('manifest', id, [id, manifest]);
      return id;
    }
    this.staged.push(manifest);
    if (replaced !== undefined && replaced !== manifest.staged) this.remove('manifest', replaced, [replaced]);
    return manifest.staged;
  }

  private reservation(change: Change & { op: 'reservation' }, revision: number): number | null {
    const { row, model } = change;
    const before = this.reservations.get(row.id);
    let occupies: { classId: number | null; record: string | null } = { classId: null, record: null };
    if (row.status === 'granted') {
      const pod: PodRecord | undefined = model?.type === 'reservation' ? model.reservation?.pod : undefined;
      if (pod !== undefined) occupies = { classId: this.classOf(pod.shape), record: recordText(pod) };
      else if (before !== undefined) occupies = before;
    }
    const { classId, record } = occupies;
    this.reservations.set(row.id, { row: { revision, ...row }, classId, record });
    const values: SqlValue[] = [this.cluster.id, row.id, row.namespace, row.podName, row.node, row.status, row.owner];
    values.push(row.createdAt, row.expiresAt, row.endedAt, revision, JSON.stringify(row.manifest));
    values.push(row.consumedBy === null ? null : JSON.stringify(row.consumedBy), row.consumedByPod, classId, record);
    this.upsert('reservation', row.id, values);
    return classId ?? before?.classId ?? null;
  }

  private classOf(shape: string): number {
    const known = this.classes.idOf(shape) ?? this.newClasses.get(shape);
    if (known !== undefined) return known;
    const id = this.classes.next + this.newClasses.size;
    this.newClasses.set(shape, id);
    this.upsert('pod_class', id, [this.cluster.id, id, shape]);
    return id;
  }

  private upsert(table: TableName, key: string | number, row: SqlRow): void {
    let rows = this.upserts.get(table);
    if (rows === undefined) this.upserts.set(table, (rows = new Map()));
    rows.set(key, row);
    this.removals.get(table)?.delete(key);
  }

  private remove(table: TableName, key: string | number, rowKey: SqlRow): void {
    let rows = this.removals.get(table);
    if (rows === undefined) this.removals.set(table, (rows = new Map()));
    rows.set(key, rowKey);
    this.upserts.get(table)?.delete(key);
  }
}
