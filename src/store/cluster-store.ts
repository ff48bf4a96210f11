/** The store: one implementation over either database. */
import { rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../kubernetes/types.js';
import { EVENT_COLUMNS, readEvent, STOWAGE_GROUP } from './change-log.js';
import { CLUSTER_COLUMNS, readClusterRow } from './cluster-row.js';
import { Committer } from './committer.js';
import { migrate } from './data-source.js';
import type { DatabaseUrl } from './database-url.js';
import { Follower } from './follower.js';
import { loadClasses, loadState } from './load-state.js';
import { maintain, type Retention } from './maintenance.js';
import { readReservation, RESERVATION_COLUMNS } from './model-rows.js';
import { listObjects, readCluster, readObjects, streamObjects } from './read-objects.js';
import { Replica } from './replica.js';
import { MANIFESTS_PER_CLUSTER, type SqlRow } from './rows.js';
import { breathe, execute, rowsOf, select, type Database, type Session, type Step } from './session.js';
import { ManifestStage } from './stage.js';
import {
  StoreError,
  type ChangeEvent,
  type ClusterState,
  type CommitRequest,
  type Committed,
  type ListPage,
  type ListQuery,
  type ObjectKey,
  type ReservationRow,
  type ReservationStatus,
  type Stage,
  type Store,
  type StoredObject,
  type StreamSlice,
  type Verification,
} from './store.js';

export interface StoreOptions {
  /** Only follows what others write: no migrations, no cleaning, no commits. For threads beside the store that writes. */
  readonly follow: boolean;
  /** How often the counters are read for what other processes wrote. PostgreSQL's notifications come between. */
  readonly pollMs: number;
  /** How often old rows are removed; 0: never. */
  readonly maintenanceMs: number;
  readonly retention: Retention;
  /** Milliseconds since the epoch: times of changes, age of keys. */
  readonly now: () => number;
}

const DEFAULT_CLUSTER = 'default';

/** Attempts of `verify` to read the very revision that is published. */
const VERIFY_ATTEMPTS = 20;

export class ClusterStore implements Store {
  private readonly replicas = new Map<string, Replica>();
  private readonly committers = new Map<Replica, Committer>();
  private readonly follower: Follower;
  private maintenance: NodeJS.Timeout | undefined;
  private removeTemporary: (() => void) | undefined;
  private opened = false;

  constructor(
    private readonly url: DatabaseUrl,
    private readonly database: Database,
    private readonly options: StoreOptions,
  ) {
    this.follower = new Follower(database, this.replicas, options.pollMs);
  }

  async open(): Promise<void> {
    if (this.url.dialect === 'sqlite' && this.url.temporary !== null) {
      const { temporary } = this.url;
      this.removeTemporary = () => rmSync(temporary, { recursive: true, force: true });
      process.on('exit', this.removeTemporary);
    }
    if (!this.options.follow) {
      try {
        await migrate(this.url);
      } catch (error) {
        throw new StoreError('storage_unavailable', error instanceof Error ? error.message : String(error));
      }
      await this.database.open();
      await this.createDefaultCluster();
    }
    await this.follower.poll();
    this.follower.start();
    if (!this.options.follow && this.options.maintenanceMs > 0) {
      this.maintenance = setInterval(() => void this.maintain().catch(() => undefined), this.options.maintenanceMs);
      this.maintenance.unref();
    }
    this.opened = true;
  }

  get address(): string {
    return this.url.dialect === 'sqlite' ? `sqlite:${this.url.path}` : this.url.connection;
  }

  async close(): Promise<void> {
    this.opened = false;
    clearInterval(this.maintenance);
    await this.follower.stop();
    await this.database.close();
    if (this.removeTemporary === undefined) return;
    process.removeListener('exit', this.removeTemporary);
    this.removeTemporary();
  }

  async ping(): Promise<void> {
    await this.database.read((session) => rowsOf(session, select('SELECT 1')));
  }

  get ready(): boolean {
    return this.opened && this.follower.current;
  }

  clusters(): readonly ClusterState[] {
    const states = [...this.replicas.values()].map(({ state }) => state);
    return states.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  cluster(name: string): ClusterState | undefined {
    return this.replicas.get(name)?.state;
  }

  async waitForRevision(name: string, revision: number, timeoutMs: number): Promise<ClusterState> {
    const started = performance.now();
    // The cluster itself may be news from another replica.
    if (!this.replicas.has(name)) await Promise.race([this.follower.poll(), sleep(timeoutMs)]);
    const replica = this.replica(name);
    if (replica.state.revision >= revision) return replica.state;
    this.follower.hint();
    return await replica.waitFor(revision, Math.max(0, timeoutMs - (performance.now() - started)));
  }

  async createCluster(name: string, description: string, scheduler: JsonObject | null): Promise<ClusterState> {
    const text = scheduler === null ? null : JSON.stringify(scheduler);
    await this.database.write(async (session) => {
      if (this.database.dialect === 'postgres') await session.run([select('SELECT pg_advisory_xact_lock(7306)')]);
      const [row] = await rowsOf(session, select(`SELECT ${CLUSTER_COLUMNS} FROM cluster WHERE name = ?`, name));
      const before = row === undefined ? undefined : readClusterRow(row);
      if (before !== undefined && !before.deleted) {
        throw new StoreError('already_exists', `cluster "${name}" already exists`);
      }
      // The counter goes on where the deleted cluster of this name left it; nothing before is in the log.
      const revision = (before?.revision ?? 0) + 1;
      const write =
        before === undefined
          ? execute(
              'INSERT INTO cluster (name, description, scheduler, revision, as_of, deleted, log_floor, manifests) ' +
                'VALUES (?, ?, ?, ?, NULL, 0, ?, 0)',
              name,
              description,
              text,
              revision,
              revision - 1,
            )
          : execute(
              'UPDATE cluster SET description = ?, scheduler = ?, revision = ?, deleted = 0, log_floor = ? WHERE id = ?',
              description,
              text,
              revision,
              revision - 1,
              before.id,
            );
      await session.run([write]);
      const [found] = await rowsOf(session, select('SELECT id FROM cluster WHERE name = ?', name));
      const id = found![0] as number;
      await session.run([
        this.clusterEvent(id, name, revision, 'ADDED'),
        execute(`UPDATE cluster SET revision = ? WHERE id = ?${this.database.announcing}`, revision, id),
        commit,
      ]);
    });
    await this.follower.poll();
    return this.replica(name).state;
  }

  async deleteCluster(name: string, ifRevision?: number): Promise<void> {
    const replica = this.replica(name);
    const { id } = replica.state;
    await this.database.write(async (session) => {
      const sql = `SELECT ${CLUSTER_COLUMNS} FROM cluster WHERE id = ? AND deleted = 0${this.database.forUpdate}`;
      const [values] = await rowsOf(session, select(sql, id));
      if (values === undefined) throw new StoreError('not_found', `cluster "${name}" not found`);
      const { revision } = readClusterRow(values);
      if (ifRevision !== undefined && ifRevision !== revision) {
        throw new StoreError('precondition_failed', `cluster "${name}" is at revision ${revision}, not ${ifRevision}`);
      }
      const tables = [
        'node',
        'pod',
        'pod_class',
        'object',
        'reservation',
        'change_log',
        'idempotency',
        'manifest_stage',
      ];
      await session.run([
        ...tables.map((table) => execute(`DELETE FROM ${table} WHERE cluster_id = ?`, id)),
        execute(
          'DELETE FROM manifest WHERE id >= ? AND id < ?',
          id * MANIFESTS_PER_CLUSTER,
          (id + 1) * MANIFESTS_PER_CLUSTER,
        ),
        execute(
          "UPDATE cluster SET deleted = 1, description = '', scheduler = NULL, as_of = NULL, revision = ?, log_floor = ? " +
            `WHERE id = ?${this.database.announcing}`,
          revision + 1,
          revision + 1,
          id,
        ),
        commit,
      ]);
    });
    if (this.replicas.get(name) === replica) this.replicas.delete(name);
    this.committers.delete(replica);
    replica.drop();
  }

  async commit<T>(cluster: string, request: CommitRequest<T>): Promise<Committed<T>> {
    const replica = this.replica(cluster);
    let committer = this.committers.get(replica);
    if (committer === undefined) {
      committer = new Committer(this.database, replica, this.options.now);
      this.committers.set(replica, committer);
    }
    return await committer.commit(request);
  }

  stage(cluster: string): Stage {
    return new ManifestStage(this.database, this.replica(cluster).state.id, this.options.now);
  }

  async get(cluster: string, key: ObjectKey): Promise<StoredObject | undefined> {
    return (await this.getMany(cluster, [key]))[0];
  }

  async getMany(cluster: string, keys: readonly ObjectKey[]): Promise<readonly StoredObject[]> {
    const { id } = this.replica(cluster).state;
    return await this.database.read((session) => readObjects(session, id, keys));
  }

  async list(cluster: string, query: ListQuery): Promise<ListPage> {
    const { state, classes } = this.replica(cluster).loaded;
    return await this.database.read((session) => listObjects(session, state.id, query, classes));
  }

  async *stream(cluster: string): AsyncGenerator<StreamSlice> {
    const { id } = this.replica(cluster).state;
    const { session, end } = await this.longRead();
    try {
      yield* streamObjects(session, id);
    } finally {
      await end();
    }
  }

  async reservation(cluster: string, id: string): Promise<ReservationRow | undefined> {
    const sql = `SELECT ${RESERVATION_COLUMNS} FROM reservation WHERE cluster_id = ? AND id = ?`;
    const [row] = await this.rows(cluster, (clusterId) => select(sql, clusterId, id));
    return row === undefined ? undefined : readReservation(row).row;
  }

  async reservations(
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
  }> {
    const { id } = this.replica(cluster).state;
    return await this.database.read(async (session) => {
      const { revision, asOf } = await readCluster(session, id);
      const where = `cluster_id = ?${status === undefined ? '' : ' AND status = ?'}`;
      const params = status === undefined ? [id] : [id, status];
      const [rows, count] = await session.run([
        select(
          `SELECT ${RESERVATION_COLUMNS} FROM reservation WHERE ${where} AND id > ? ORDER BY id LIMIT ?`,
          ...params,
          after ?? '',
          limit + 1,
        ),
        select(`SELECT COUNT(*) FROM reservation WHERE ${where}`, ...params),
      ]);
      const items = rows!.slice(0, limit).map((row) => readReservation(row).row);
      const next = rows!.length > limit ? items.at(-1)!.id : null;
      return { items, next, total: Number(count![0]![0]), revision, asOf };
    });
  }

  async dueReservations(cluster: string, time: string, limit: number): Promise<readonly string[]> {
    const sql =
      "SELECT id FROM reservation WHERE cluster_id = ? AND status = 'granted' AND expires_at <= ? " +
      'ORDER BY expires_at, id LIMIT ?';
    const rows = await this.rows(cluster, (clusterId) => select(sql, clusterId, time, limit));
    return rows.map(([id]) => id as string);
  }

  async changes(
    cluster: string,
    after: { revision: number; sequence: number },
    limit: number,
  ): Promise<readonly ChangeEvent[]> {
    const { state, classes } = this.replica(cluster).loaded;
    return await this.database.read(async (session) => {
      const { logFloor } = await readCluster(session, state.id);
      // Everything up to the floor is gone; who has seen the floor's revision whole may go on from there.
      if (after.revision < logFloor) {
        const message = `changes up to revision ${logFloor} are compacted; read a snapshot and go on from its revision`;
        throw new StoreError('revision_expired', message);
      }
      await loadClasses(session, state.id, classes);
      const sql =
        `SELECT ${EVENT_COLUMNS} FROM change_log WHERE cluster_id = ? AND (revision, sequence) > (?, ?) ` +
        'ORDER BY revision, sequence LIMIT ?';
      const { revision, sequence } = after;
      // A cursor may name a sequence beyond any ("the whole revision"); the column has 32 bits.
      const rows = await rowsOf(session, select(sql, state.id, revision, Math.min(sequence, 2 ** 31 - 1), limit));
      return rows.map((row) => readEvent(row, classes));
    });
  }

  subscribe(cluster: string, listener: (state: ClusterState) => void): () => void {
    return this.replica(cluster).subscribe(listener);
  }

  async verify(cluster: string): Promise<Verification> {
    for (let attempt = 1; ; attempt++) {
      const { id } = this.replica(cluster).state;
      const { state: built } = await this.database.read(async (session) =>
        loadState(session, await readCluster(session, id)),
      );
      const published = await this.waitForRevision(cluster, built.revision, 3000);
      if (published.revision === built.revision || attempt === VERIFY_ATTEMPTS) {
        const stored = String(await checksumOf(built));
        const current = String(await checksumOf(published));
        const met = published.revision === built.revision;
        const equal = met && stored === current;
        return { revision: built.revision, equal, met, stored, published: current };
      }
    }
  }

  /** Removes what has outlived its use; runs by itself every `maintenanceMs`. */
  async maintain(): Promise<void> {
    await maintain(this.database, this.options.now(), this.options.retention);
  }

  private replica(name: string): Replica {
    const replica = this.replicas.get(name);
    if (replica === undefined) throw new StoreError('not_found', `cluster "${name}" not found`);
    return replica;
  }

  private async rows(cluster: string, step: (clusterId: number) => Step): Promise<readonly SqlRow[]> {
    const { id } = this.replica(cluster).state;
    return await this.database.read((session) => rowsOf(session, step(id)));
  }

  private async createDefaultCluster(): Promise<void> {
    // Once: a cluster `default` that was deleted stays deleted.
    const known = await this.database.read((session) => rowsOf(session, select('SELECT id FROM cluster LIMIT 1')));
    if (known.length > 0) return;
    await this.createCluster(DEFAULT_CLUSTER, '', null).catch((error: unknown) => {
      // Another replica that starts at the same time has made it.
      if (!(error instanceof StoreError && error.code === 'already_exists')) throw error;
    });
  }

  private clusterEvent(id: number, name: string, revision: number, type: 'ADDED'): Step {
    const at = new Date(this.options.now()).toISOString();
    const row: SqlRow = [id, revision, 0, type, STOWAGE_GROUP, 'Cluster', '', name, at, null, null];
    return { op: 'upsert', table: 'change_log', rows: [row] };
  }

  /** A read transaction that stays open until `end`. */
  private async longRead(): Promise<{ session: Session; end: () => Promise<void> }> {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    return await new Promise((resolve, reject) => {
      const reading = this.database.read(async (session) => {
        const end = async (): Promise<void> => {
          finish();
          await reading.catch(() => undefined);
        };
        resolve({ session, end });
        await finished;
      });
      reading.catch(reject);
    });
  }
}

const commit: Step = { op: 'commit' };

/** Published models do not change, so others may have their turn between two steps. */
async function checksumOf({ model }: ClusterState): Promise<number> {
  const steps = model.checksumSteps();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}
