/**
 * Trap 1: TypeORM on SQLite shares one connection. Two `dataSource.transaction()` at once interleave; when one rolls
 * back, what the other wrote and acknowledged goes with it. The store therefore writes on a connection of its own, one
 * transaction at a time, and never through a DataSource.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { ClusterStore } from '../../../src/store/cluster-store.js';
import { openStore } from '../../../src/store/open-store.js';
import { commitChanges, nodeKey, putNode, requestFor } from '../changes.js';
import { createDatabase, dialects, type TestDatabase } from '../databases.js';

describe('the trap itself', () => {
  test('two concurrent TypeORM transactions on SQLite lose an acknowledged write', async () => {
    const source = await new DataSource({ type: 'better-sqlite3', database: ':memory:' }).initialize();
    await source.query('CREATE TABLE t (v integer)');
    const rolledBack = source
      .transaction(async (manager) => {
        await manager.query('INSERT INTO t VALUES (1)');
        await sleep(50);
        throw new Error('refused');
      })
      .catch(() => 'refused');
    await sleep(10);
    const acknowledged = source
      .transaction(async (manager) => void (await manager.query('INSERT INTO t VALUES (2)')))
      .then(
        () => 'acknowledged',
        () => 'failed',
      );
    expect(await Promise.all([rolledBack, acknowledged])).toEqual(['refused', 'acknowledged']);
    expect(await source.query('SELECT v FROM t')).toEqual([]);
    await source.destroy();
  });
});

describe.each(dialects)('the store on %s', (dialect) => {
  let database: TestDatabase;
  let store: ClusterStore;
  beforeEach(async () => {
    database = await createDatabase(dialect);
    store = openStore(database.url);
    await store.open();
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  test('of 200 concurrent writes every acknowledged one is stored and no refused one', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => {
        const put = putNode(`n${index}`);
        return index % 3 === 0
          ? store.commit(
              'default',
              requestFor([put], () => {
                throw new Error(`refused ${index}`);
              }),
            )
          : commitChanges(store, 'default', put);
      }),
    );
    const reread = openStore(database.url);
    await reread.open();
    for (const [index, outcome] of outcomes.entries()) {
      const stored = await reread.get('default', nodeKey(`n${index}`));
      expect([index, stored !== undefined]).toEqual([index, outcome.status === 'fulfilled']);
      expect(outcome.status === 'fulfilled').toBe(index % 3 !== 0);
    }
    expect((await reread.verify('default')).equal).toBe(true);
    await reread.close();
  });

  test('writes to two clusters at once do not mix', async () => {
    await store.createCluster('other', '', null);
    const writes = Array.from({ length: 40 }, (_, index) =>
      commitChanges(store, index % 2 === 0 ? 'default' : 'other', putNode(`n${index}`)),
    );
    await Promise.all(writes);
    for (const cluster of ['default', 'other']) {
      expect((await store.list(cluster, { limit: 100 })).total).toBe(20);
      expect((await store.verify(cluster)).equal).toBe(true);
    }
  });
});
