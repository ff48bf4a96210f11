/**
 * Trap 3: numbers from a sequence are visible out of order, so a follower that remembers the highest one it has seen
 * misses those that commit late. Revisions come from a counter row in the transaction of the change itself.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import pg from 'pg';
import type { ClusterStore } from '../../../src/store/cluster-store.js';
import { openStore } from '../../../src/store/open-store.js';
import type { ChangeEvent } from '../../../src/store/store.js';
import { commitChanges, putNode, putPod } from '../changes.js';
import { createDatabase, dialects, type TestDatabase } from '../databases.js';

describe('the trap itself', () => {
  test('a follower of a sequence misses an event', async () => {
    const database = await createDatabase('postgres');
    const clients = [0, 1, 2].map(() => new pg.Client({ connectionString: database.url }));
    for (const client of clients) await client.connect();
    const [slow, fast, follower] = clients as [pg.Client, pg.Client, pg.Client];
    await follower.query('CREATE TABLE event (id bigserial)');
    await slow.query('BEGIN');
    await slow.query('INSERT INTO event DEFAULT VALUES');
    await fast.query('INSERT INTO event DEFAULT VALUES');
    const seen = await follower.query<{ id: string }>('SELECT id FROM event ORDER BY id');
    await slow.query('COMMIT');
    const later = await follower.query('SELECT id FROM event WHERE id > $1', [seen.rows.at(-1)!.id]);
    expect(seen.rows.length + later.rows.length).toBe(1);
    for (const client of clients) await client.end();
    await database.drop();
  });
});

describe.each(dialects)('the store on %s', (dialect) => {
  let database: TestDatabase;
  let stores: ClusterStore[];
  beforeEach(async () => {
    database = await createDatabase(dialect);
    stores = [openStore(database.url), openStore(database.url), openStore(database.url, { pollMs: 20 })];
    for (const store of stores) await store.open();
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await database.drop();
  });

  test('a follower of two writing processes sees every revision once, in order, without gaps', async () => {
    const [one, two, follower] = stores as [ClusterStore, ClusterStore, ClusterStore];
    const seen: ChangeEvent[] = [];
    let at = { revision: 0, sequence: -1 };
    let writing = true;
    const follow = async (): Promise<void> => {
      for (;;) {
        const last = !writing;
        const events = await follower.changes('default', at, 7);
        seen.push(...events);
        if (events.length > 0) at = events.at(-1)!;
        else if (last) return;
      }
    };
    const following = follow();
    const acknowledged: number[] = [];
    const write = async (store: ClusterStore, name: string): Promise<void> => {
      for (let index = 0; index < 60; index++) {
        const changes = [putNode(`${name}-${index}`), putPod(`${name}-${index}`, { node: `${name}-${index}` })];
        acknowledged.push((await commitChanges(store, 'default', ...changes)).revision);
      }
    };
    await Promise.all([write(one, 'a'), write(one, 'b'), write(two, 'c'), write(two, 'd')]);
    writing = false;
    await following;
    const last = acknowledged.length + 1;
    expect(acknowledged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 240 }, (_, index) => index + 2));
    expect(seen.map(({ revision, sequence }) => `${revision}.${sequence}`)).toEqual([
      '1.0',
      ...Array.from({ length: 240 }, (_, index) => [`${index + 2}.0`, `${index + 2}.1`]).flat(),
    ]);
    for (const store of stores) {
      expect((await store.waitForRevision('default', last, 3000)).revision).toBe(last);
      expect(await store.verify('default')).toMatchObject({ equal: true, revision: last });
    }
  });

  test('a revision never goes back, not even when its cluster is deleted and made again', async () => {
    const [one, two] = stores as [ClusterStore, ClusterStore, ClusterStore];
    const before = (await commitChanges(one, 'default', putNode('n'))).revision;
    await one.deleteCluster('default');
    expect(one.cluster('default')).toBeUndefined();
    const again = await two.createCluster('default', 'again', null);
    expect(again.revision).toBeGreaterThan(before);
    expect(again.model.nodeCount).toBe(0);
    const { revision } = await commitChanges(two, 'default', putNode('m'));
    const state = await one.waitForRevision('default', revision, 3000);
    expect(state.model.nodeSlot('n')).toBe(-1);
    expect((await one.verify('default')).equal).toBe(true);
  });
});
