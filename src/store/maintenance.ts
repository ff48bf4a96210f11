/** What has outlived its use: idempotency keys after a day, ended reservations after a day, old changes, dead stages. */
import { failpoint } from './failpoints.js';
import { execute, rowsOf, select, type Database } from './session.js';
import { sweepStages } from './stage.js';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** Log rows deleted in one transaction. */
const LOG_ROWS_A_STEP = 5000;

export interface Retention {
  /** Changes kept a cluster, at least. */
  readonly changes: number;
}

/** One round. Every part is a transaction of its own; running it in several replicas at once is harmless. */
export async function maintain(database: Database, now: number, retention: Retention): Promise<void> {
  const dayAgo = new Date(now - DAY_MS).toISOString();
  await database.write((session) =>
    session.run([
      execute('DELETE FROM idempotency WHERE at < ?', dayAgo),
      execute("DELETE FROM reservation WHERE status <> 'granted' AND ended_at < ?", dayAgo),
      { op: 'commit' },
    ]),
  );
  await sweepStages(database, new Date(now - HOUR_MS).toISOString());
  const clusters = await database.read((session) => rowsOf(session, select('SELECT id FROM cluster')));
  for (const [id] of clusters) await compact(database, id as number, retention.changes);
}

/**
 * Forgets the oldest changes of a cluster but keeps at least `keep`, whole revisions. The floor moves first, in a
 * transaction of its own: whoever reads the log sees either a row or that it is gone. Gives the floor.
 */
export async function compact(database: Database, clusterId: number, keep: number): Promise<number> {
  const floor = await database.write(async (session) => {
    const [[oldest], [cluster]] = (await session.run([
      select(
        'SELECT revision FROM change_log WHERE cluster_id = ? ORDER BY revision DESC, sequence DESC LIMIT 1 OFFSET ?',
        clusterId,
        keep,
      ),
      select(`SELECT log_floor FROM cluster WHERE id = ?${database.forUpdate}`, clusterId),
    ])) as [readonly (readonly [number])[], readonly (readonly [number])[]];
    const known = cluster?.[0] ?? 0;
    // The row at the offset is the newest to go; its revision may have newer rows that must stay whole.
    const target = oldest === undefined ? known : oldest[0] - 1;
    if (target <= known) return known;
    await session.run([execute('UPDATE cluster SET log_floor = ? WHERE id = ?', target, clusterId), { op: 'commit' }]);
    return target;
  });
  failpoint('compact.after-floor');
  for (;;) {
    const removed = await database.write(async (session) => {
      const [last] = await rowsOf(
        session,
        select(
          'SELECT revision, sequence FROM change_log WHERE cluster_id = ? AND revision <= ? ' +
            'ORDER BY revision, sequence LIMIT 1 OFFSET ?',
          clusterId,
          floor,
          LOG_ROWS_A_STEP - 1,
        ),
      );
      const [revision, sequence] = last ?? [floor, Number.MAX_SAFE_INTEGER];
      const [result] = await session.run([
        execute(
          'DELETE FROM change_log WHERE cluster_id = ? AND revision <= ? AND (revision < ? OR sequence <= ?)',
          clusterId,
          Math.min(revision as number, floor),
          revision as number,
          Math.min(sequence as number, 2 ** 31 - 1),
        ),
        { op: 'commit' },
      ]);
      return Number(result![0]![0]);
    });
    if (removed < LOG_ROWS_A_STEP) return floor;
  }
}
