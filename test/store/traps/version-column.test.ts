/**
 * Trap 2: `@VersionColumn` guards nothing, two stale `save()` both succeed. The store compares the loaded revision inside
 * the transaction that holds the cluster's lock.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Column, DataSource, Entity, PrimaryColumn, VersionColumn } from 'typeorm';
import type { ClusterStore } from '../../../src/store/cluster-store.js';
import { openStore } from '../../../src/store/open-store.js';
import { keyText, StoreError } from '../../../src/store/store.js';
import { commitChanges, nodeKey, putNode, requestFor } from '../changes.js';
import { createDatabase, dialects, type TestDatabase } from '../databases.js';

@Entity()
class Versioned {
  @PrimaryColumn('integer') id!: number;
  @Column('text') text!: string;
  @VersionColumn() version!: number;
}

describe('the trap itself', () => {
  test('a stale save over a newer version succeeds', async () => {
    const source = await new DataSource({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [Versioned],
      synchronize: true,
    }).initialize();
    const repository = source.getRepository(Versioned);
    await repository.save({ id: 1, text: 'first' });
    const [one, two] = [await repository.findOneByOrFail({ id: 1 }), await repository.findOneByOrFail({ id: 1 })];
    await repository.save(Object.assign(one, { text: 'one' }));
    await repository.save(Object.assign(two, { text: 'two' }));
    expect((await repository.findOneByOrFail({ id: 1 })).text).toBe('two');
    await source.destroy();
  });
});

describe.each(dialects)('the store on %s', (dialect) => {
  let database: TestDatabase;
  let stores: ClusterStore[];
  beforeEach(async () => {
    database = await createDatabase(dialect);
    stores = [openStore(database.url), openStore(database.url)];
    for (const store of stores) await store.open();
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    await database.drop();
  });

  test('of two conditional writes from the same revision, in two processes, one is refused', async () => {
    const { revision } = await commitChanges(stores[0]!, 'default', putNode('n', '1'));
    const attempts = stores.map((store, index) => {
      const put = putNode('n', `${index + 2}`);
      return store.commit(
        'default',
        requestFor([put], (draft) => {
          if (draft.loaded.get(keyText(nodeKey('n')))?.revision !== revision) {
            throw new StoreError('precondition_failed', 'changed meanwhile');
          }
          return { changes: [put], result: index };
        }),
      );
    });
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const stored = await stores[0]!.get('default', nodeKey('n'));
    expect(stored?.manifest).toMatchObject({ status: { allocatable: { cpu: `${winner + 2}` } } });
    expect(stored?.revision).toBe(revision + 1);
  });
});
