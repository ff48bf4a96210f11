import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresProcess } from './postgres-process.js';

const folder = mkdtempSync(path.join(tmpdir(), 'stowage-postgres-'));
let server: PostgresProcess;
beforeAll(async () => {
  server = await PostgresProcess.create(folder);
});
afterAll(async () => {
  await server?.kill('SIGINT');
  rmSync(folder, { recursive: true });
});

async function query(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgresProcess', () => {
  it.each(['SIGKILL', 'SIGQUIT', 'SIGINT'] as const)('keeps what was committed before %s', async (signal) => {
    await query(`CREATE TABLE kept_${signal} AS SELECT 1 AS one`);
    await server.kill(signal);
    await server.start();
    expect(await query(`SELECT one FROM kept_${signal}`)).toEqual([{ one: 1 }]);
  });
});
