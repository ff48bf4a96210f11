/**
 * Trap 7: PostgreSQL's `bigint` arrives as a string; text must sort bytewise on both; a SQLite statement takes at most
 * 32,766 parameters.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import pg from 'pg';
import type { ClusterStore } from '../../../src/store/cluster-store.js';
import { openStore } from '../../../src/store/open-store.js';
import { commitChanges, nodeKey, putNode, putPod, reservation } from '../changes.js';
import { createDatabase, dialects, type TestDatabase } from '../databases.js';

describe('the trap itself', () => {
  test('a bigint of PostgreSQL is a string by default', async () => {
    const database = await createDatabase('postgres');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('SELECT 1::bigint AS n')).rows).toEqual([{ n: '1' }]);
    await client.end();
    await database.drop();
  });
});

describe.each(dialects)('the store on %s', (dialect) => {
  let database: TestDatabase;
  let store: ClusterStore;
  beforeAll(async () => {
    database = await createDatabase(dialect);
    store = openStore(database.url);
    await store.open();
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  test('revisions and times come back as numbers and ISO 8601 UTC text', async () => {
    const { revision } = await commitChanges(store, 'default', putNode('typed'), reservation('r', 'typed'));
    const [object] = (await store.list('default', { limit: 1 })).items;
    const row = await store.reservation('default', 'r');
    const events = await store.changes('default', { revision: 1, sequence: 0 }, 10);
    expect([revision, object!.revision, row!.revision, events[0]!.revision]).toEqual([2, 2, 2, 2]);
    expect(row!.createdAt).toBe('2026-01-01T00:00:00.000Z');
    expect(events[0]!.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(events.map(({ sequence }) => sequence)).toEqual([0, 1]);
  });

  test('names sort by bytes, not by the language of the database', async () => {
    await store.createCluster('sorted', '', null);
    const names = ['b', 'B', 'a-b', 'a.b', 'ab', 'a', 'Z', 'z', '0', 'ä'];
    await commitChanges(store, 'sorted', ...names.map((name) => putNode(name)));
    const { items } = await store.list('sorted', { limit: 100 });
    expect(items.map(({ key }) => key.name)).toEqual(
      names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
  });

  test('one commit writes 20,000 rows of a dozen columns', async () => {
    await store.createCluster('wide', '', null);
    const pods = Array.from({ length: 20_000 }, (_, index) => putPod(`p${index}`, { node: 'n' }));
    await commitChanges(store, 'wide', putNode('n'), ...pods);
    expect((await store.list('wide', { limit: 1, kind: 'Pod' })).total).toBe(20_000);
    expect((await store.verify('wide')).equal).toBe(true);
    expect(await store.get('wide', nodeKey('n'))).toBeDefined();
  });
});
