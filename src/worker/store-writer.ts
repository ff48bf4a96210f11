/**
 * The thread that owns SQLite connections: the one writer, or the readers. Knows rows and statements only. better-sqlite3
 * blocks while it writes or syncs, which here delays nobody's request.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite, { type Database, type Statement } from 'better-sqlite3';
import { failpoint } from '../store/failpoints.js';
import { packedPodRows } from '../store/packed-objects.js';
import { unpackRows } from '../store/packed-rows.js';
import { packedBytes } from '../store/packed-texts.js';
import { tables, type SqlRow, type TableName } from '../store/rows.js';
import type { StepResult } from '../store/session.js';
import {
  flatRows,
  type WorkerReply,
  type WorkerRequest,
  type WorkerSetup,
  type WorkerStep,
} from '../store/sqlite-protocol.js';

const { path, role, maxPages } = workerData as WorkerSetup;

class Connection {
  private readonly database: Database;
  /** Prepared statements by text; texts are a closed set, made by the store. */
  private readonly statements = new Map<string, Statement<unknown[], SqlRow>>();
  committing = false;

  constructor() {
    this.database = new Sqlite(path, { readonly: role === 'reader', timeout: 10_000 });
    if (role === 'writer') {
      this.database.pragma('journal_mode = WAL');
      this.database.pragma('synchronous = FULL');
      this.database.pragma('wal_autocheckpoint = 4000');
      if (maxPages !== null) this.database.pragma(`max_page_count = ${maxPages}`);
    }
    this.database.pragma('cache_size = -32768');
  }

  begin(): void {
    // IMMEDIATE takes the write lock now: a transaction that read first and wrote later could fail with SQLITE_BUSY.
    this.database.exec(role === 'writer' ? 'BEGIN IMMEDIATE' : 'BEGIN');
  }

  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  /** Rolls back what has not been committed. */
  end(): void {
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }

  close(): void {
    this.database.close();
  }

  run(step: WorkerStep): StepResult {
    switch (step.op) {
      case 'select':
        return this.reading(step.sql).all(...step.params);
      case 'lookup': {
        const where = step.key.map((column) => `${column} = ?`).join(' AND ');
        const statement = this.reading(`SELECT ${step.columns} FROM ${step.from} WHERE ${where}`);
        const found: SqlRow[] = [];
        for (const keys of step.keys) {
          for (const key of unpackRows(keys)) {
            const row = statement.get(...key);
            if (row !== undefined) found.push(row);
          }
        }
        return found;
      }
      case 'execute':
        return [[this.writing(step.sql).run(...step.params).changes]];
      case 'upsert': {
        for (const rows of step.rows) this.upsert(step.table, unpackRows(rows));
        return [];
      }
      case 'packed-pods': {
        const { pods, log } = packedPodRows(step.writes);
        this.upsert('pod', pods);
        this.upsert('change_log', log);
        return [];
      }
      case 'manifests': {
        // Bound as bytes and called text by SQLite: making a string of them first would be for nothing.
        const statement = this.writing('INSERT INTO manifest (id, body) VALUES (?, CAST(? AS TEXT))');
        let id = step.first;
        for (const body of packedBytes(step.bodies)) statement.run(id++, body);
        return [];
      }
      case 'remove': {
        const { columns, key } = tables[step.table];
        const where = columns.slice(0, key).map((column) => `"${column}" = ?`);
        const statement = this.writing(`DELETE FROM "${step.table}" WHERE ${where.join(' AND ')}`);
        for (const values of step.keys) statement.run(...values);
        return [];
      }
      default: // commit
        failpoint('commit.before-commit');
        this.committing = true;
        this.database.exec('COMMIT');
        this.committing = false;
        failpoint('commit.after-commit');
        return [];
    }
  }

  private upsert(table: TableName, rows: Iterable<SqlRow>): void {
    const statement = this.writing(upsertText(table));
    for (const row of rows) statement.run(row);
  }

  private reading(sql: string): Statement<unknown[], SqlRow> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare<unknown[], SqlRow>(sql).raw(true);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  private writing(sql: string): Statement<unknown[], SqlRow> {
    let statement = this.statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare<unknown[], SqlRow>(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }
}

function upsertText(name: TableName): string {
  const { columns, key, appendOnly } = tables[name];
  const quoted = columns.map((column) => `"${column}"`);
  const insert = `INSERT INTO "${name}" (${quoted.join(', ')}) VALUES (${quoted.map(() => '?').join(', ')})`;
  if (appendOnly) return insert;
  const updates = quoted.slice(key).map((column) => `${column} = excluded.${column}`);
  return `${insert} ON CONFLICT (${quoted.slice(0, key).join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
}

const connections = new Map<number, Connection>();

function answer({ connection: id, action, steps }: WorkerRequest): StepResult[] {
  let connection = connections.get(id);
  if (connection === undefined) connections.set(id, (connection = new Connection()));
  if (action === 'end') connection.end();
  if (action === 'begin') connection.begin();
  if (action === 'continue' && !connection.inTransaction) throw new Error('the transaction is gone');
  return steps.map((step) => connection.run(step));
}

const port = parentPort!;
port.on('message', (request: WorkerRequest) => {
  let reply: WorkerReply;
  try {
    reply = { id: request.id, results: answer(request).map(flatRows) };
  } catch (error) {
    const committing = connections.get(request.connection)?.committing ?? false;
    reply = { id: request.id, error: { message: messageOf(error), code: codeOf(error), committing } };
    discard(request.connection);
  }
  port.postMessage(reply);
});

/** A connection that failed to commit or sync may not know its own state: the next request opens a new one. */
function discard(id: number): void {
  const connection = connections.get(id);
  connections.delete(id);
  try {
    connection?.close();
  } catch {
    // It is given up already.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
