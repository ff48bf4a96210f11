import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.js';
import type { ClusterStore } from '../../src/store/cluster-store.js';
import { commitChanges, nodeKey, putNode, putPod } from './changes.js';
import { createDatabase, dialects, type TestDatabase } from './databases.js';

describe.each(dialects)('%s', (dialect) => {
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

  test('smoke', async () => {
    expect(store.clusters().map((c) => c.name)).toEqual(['default']);
    const committed = await commitChanges(store, 'default', putNode('n1'), putPod('a', { node: 'n1' }));
    expect(committed.revision).toBe(2);
    expect((await store.get('default', nodeKey('n1')))?.manifest).toMatchObject({ kind: 'Node' });
    console.log(
      await store.list('default', { limit: 10 }),
      await store.changes('default', { revision: 0, sequence: 0 }, 10),
    );
    console.log(await store.verify('default'));
  });
});
