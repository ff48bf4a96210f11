/**
 * TypeORM's part: the schema (entities and migrations, explicit lists) and ordinary reads. Bulk writes, commits and boot
 * go by prepared statements (`session.ts`).
 *
 * TypeORM shares one connection on SQLite, where two concurrent transactions interleave and an acknowledged write is
 * lost. So no write ever goes through a DataSource after the migrations: they have ended when the writer starts.
 */
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/list.js';
import type { DatabaseUrl } from './database-url.js';
import { ChangeLogEntity } from './entities/change-log.entity.js';
import { ClusterEntity } from './entities/cluster.entity.js';
import { IdempotencyEntity } from './entities/idempotency.entity.js';
import { ManifestEntity, ManifestStageEntity } from './entities/manifest.entity.js';
import { NodeEntity } from './entities/node.entity.js';
import { ObjectEntity } from './entities/object.entity.js';
import { PodClassEntity } from './entities/pod-class.entity.js';
import { PodEntity } from './entities/pod.entity.js';
import { ReservationEntity } from './entities/reservation.entity.js';

const entities = [
  ClusterEntity,
  NodeEntity,
  PodEntity,
  PodClassEntity,
  ObjectEntity,
  ManifestEntity,
  ManifestStageEntity,
  ReservationEntity,
  ChangeLogEntity,
  IdempotencyEntity,
];

/** A DataSource for migrating (`write`) or for reading. Not yet initialised. */
export function dataSource(url: DatabaseUrl, mode: 'write' | 'read'): DataSource {
  return new DataSource({ ...connectionOptions(url, mode), entities, migrations, migrationsTransactionMode: 'each' });
}

function connectionOptions(url: DatabaseUrl, mode: 'write' | 'read'): DataSourceOptions {
  if (url.dialect === 'postgres') {
    return {
      type: 'postgres',
      url: url.connection,
      poolSize: mode === 'write' ? 1 : 4,
      connectTimeoutMS: 5000,
      extra: { query_timeout: 10_000, application_name: 'stowage' },
    };
  }
  if (mode === 'read') return { type: 'better-sqlite3', database: url.path, readonly: true };
  return {
    type: 'better-sqlite3',
    database: url.path,
    // Set before the first table: three manifests of usual size fit a page, one of the default 4 KiB would hold one.
    prepareDatabase: (database: { pragma(text: string): void }) => {
      database.pragma('page_size = 8192');
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('busy_timeout = 10000');
    },
  };
}

/**
 * Brings the schema up to date. Replicas that start together take turns: PostgreSQL by an advisory lock, SQLite by the
 * write lock that a migration's transaction takes.
 */
export async function migrate(url: DatabaseUrl): Promise<void> {
  const source = await dataSource(url, 'write').initialize();
  try {
    if (url.dialect === 'postgres') await source.query('SELECT pg_advisory_lock(7305)');
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
