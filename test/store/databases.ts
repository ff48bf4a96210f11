/** A fresh database for a test file, on either kind; every store test runs on both. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import pg from 'pg';

export const dialects = ['sqlite', 'postgres'] as const;
export type Dialect = (typeof dialects)[number];

export interface TestDatabase {
  /** A DATABASE_URL. */
  readonly url: string;
  drop(): Promise<void>;
}

/** @throws Error when the test run has no PostgreSQL server: a suite that cannot run must not pass */
export async function createDatabase(dialect: Dialect): Promise<TestDatabase> {
  if (dialect === 'sqlite') {
    const folder = mkdtempSync(path.join(tmpdir(), 'stowage-test-'));
    const drop = (): Promise<void> => Promise.resolve(rmSync(folder, { recursive: true, force: true }));
    return { url: `sqlite:${path.join(folder, 'test.db')}`, drop };
  }
  const server = process.env['STOWAGE_TEST_POSTGRES'];
  if (server === undefined) throw new Error('no PostgreSQL server: test/global-setup.ts starts one');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
