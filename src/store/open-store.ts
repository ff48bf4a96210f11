/** Makes the store for a DATABASE_URL. */
import { ClusterStore, type StoreOptions } from './cluster-store.js';
import { readDatabaseUrl } from './database-url.js';
import { PostgresDatabase } from './postgres-database.js';
import { SqliteDatabase } from './sqlite-database.js';
import { steadyNow } from './steady-clock.js';

/**
 * The store over the database, not yet open: `open()` connects, migrates and builds the models.
 *
 * @throws TypeError when the address is none of `sqlite:<path>`, `sqlite::memory:`, `postgres://…`
 */
export function openStore(databaseUrl: string, options: Partial<StoreOptions> = {}): ClusterStore {
  const url = readDatabaseUrl(databaseUrl);
  const database =
    url.dialect === 'sqlite' ? new SqliteDatabase(url.path, url.maxPages) : new PostgresDatabase(url.connection);
  return new ClusterStore(url, database, {
    follow: false,
    pollMs: 200,
    maintenanceMs: 60_000,
    retention: { changes: 500_000 },
    now: steadyNow,
    ...options,
  });
}
