/** The schema that the migrations make is the one that the entities and the row lists describe, on both databases. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataSource } from 'typeorm';
import { dataSource, migrate } from '../../src/store/data-source.js';
import { readDatabaseUrl } from '../../src/store/database-url.js';
import { tables, type Table } from '../../src/store/rows.js';
import { createDatabase, dialects, type TestDatabase } from './databases.js';

describe.each(dialects)('migrations on %s', (dialect) => {
  let database: TestDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await createDatabase(dialect);
    await migrate(readDatabaseUrl(database.url));
    source = await dataSource(readDatabaseUrl(database.url), 'write').initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  const drift = async (): Promise<string[]> =>
    (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

  test('entities and migrations describe the same schema', async () => {
    expect(await drift()).toEqual([]);
  });

  test('the drift test sees a drift', async () => {
    await source.query('ALTER TABLE node ADD COLUMN stray integer');
    expect(await drift()).not.toEqual([]);
    await source.query('ALTER TABLE node DROP COLUMN stray');
    expect(await drift()).toEqual([]);
  });

  test.each(Object.values(tables))('rows of $name are the columns of its entity', (table: Table) => {
    const metadata = source.entityMetadatas.find(({ tableName }) => tableName === table.name)!;
    const byName = new Map(metadata.columns.map((column) => [column.databaseName, column]));
    expect([...byName.keys()].sort()).toEqual([...table.columns].sort());
    expect(table.columns.map((name) => byName.get(name)!.type)).toEqual(table.types);
    expect(metadata.primaryColumns.map(({ databaseName }) => databaseName)).toEqual(table.columns.slice(0, table.key));
  });

  test('migrating again changes nothing', async () => {
    await migrate(readDatabaseUrl(database.url));
    expect(await drift()).toEqual([]);
  });

  test('every migration is reversible', async () => {
    for (const _ of source.migrations) await source.undoLastMigration();
    const runner = source.createQueryRunner();
    const left = await runner.getTables();
    await runner.release();
    expect(left.map(({ name }) => name.split('.').at(-1)).filter((name) => Object.hasOwn(tables, name!))).toEqual([]);
    await source.runMigrations();
    expect(await drift()).toEqual([]);
  });
});
