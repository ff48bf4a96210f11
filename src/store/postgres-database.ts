/** PostgreSQL: a pool, transactions on its clients, NOTIFY as a hint. */
import pg from 'pg';
import { failpoint } from './failpoints.js';
import { packedPodRows } from './packed-objects.js';
import { unpackTexts } from './packed-texts.js';
import { arrayParameter, columnParameters } from './postgres-arrays.js';
import { tables, type ColumnType, type Table } from './rows.js';
import type { Database, Session, Step, StepResult } from './session.js';
import { StoreError } from './store.js';

const CHANNEL = 'stowage';

/**
 * A writer that waits for a cluster's lock gives up before its clients do; one that dies holding it loses it soon, so
 * that the others go on.
 */
const SERVER_SETTINGS =
  '-c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000 -c statement_timeout=30000 -c tcp_user_timeout=15000 ' +
  // Every statement of weight goes by a primary key, also while a table that was just filled has no statistics.
  '-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off ' +
  '-c enable_bitmapscan=off -c jit=off';
const CLIENT_TIMEOUT_MS = 35_000;
const COMMIT_TIMEOUT_MS = 10_000;
const RELISTEN_MS = 1000;

/** PostgreSQL gives bigint (oid 20) as text; every bigint here is below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === 20 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly forUpdate = ' FOR UPDATE';
  readonly announcing = ` RETURNING pg_notify('${CHANNEL}', '')`;
  readonly batchesInFlight = 1;
  private readonly pool: pg.Pool;
  private readonly listeners: (() => void)[] = [];
  private listening: pg.Client | null = null;
  private closed = false;
  private relisten: NodeJS.Timeout | undefined;

  constructor(private readonly connection: string) {
    this.pool = new pg.Pool({ ...this.options(), max: 12, idleTimeoutMillis: 30_000 });
    // An idle client that loses its connection says so here; the pool has removed it already.
    this.pool.on('error', () => undefined);
  }

  private options(): pg.ClientConfig {
    return {
      connectionString: this.connection,
      options: SERVER_SETTINGS,
      application_name: 'stowage',
      connectionTimeoutMillis: 5000,
      query_timeout: CLIENT_TIMEOUT_MS,
      keepAlive: true,
      types,
      pipeline: true,
    };
  }

  async open(): Promise<void> {
    await this.read((session) => session.run([{ op: 'select', sql: 'SELECT 1', params: [] }]));
    await this.listen();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.relisten);
    await this.listening?.end().catch(() => undefined);
    await this.pool.end();
  }

  onHint(listener: () => void): void {
    this.listeners.push(listener);
  }

  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.transaction('BEGIN', work);
  }

  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    // A reader holds no lock that anybody waits for; one that streams to a slow client may pause.
    const patience = "SET LOCAL idle_in_transaction_session_timeout = '300s'";
    return this.transaction(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${patience}`, work);
  }

  private async transaction<T>(begin: string, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw storeError(error, 'storage_unavailable');
    });
    // The pool listens for errors of idle clients only; without a listener a cut connection would end the process.
    let broken = false;
    const onError = (): void => void (broken = true);
    client.on('error', onError);
    let state = 'new' as 'new' | 'open' | 'ended';
    // Steps are sent without waiting for each other's answers; a failed one makes the server refuse those behind it, the
    // COMMIT included, and the first failure is the one that is told.
    const run = async (steps: readonly Step[]): Promise<readonly StepResult[]> => {
      const commits = steps.at(-1)?.op === 'commit';
      // With the COMMIT on its way nobody knows, once the connection is lost, whether it happened.
      const onLoss = commits ? 'outcome_unknown' : 'storage_unavailable';
      const { stream } = client.connection;
      // All in one piece: else every statement is a system call here and wakes the server.
      stream.cork();
      const begun = state === 'new' ? query(client, { text: begin }, onLoss) : undefined;
      state = 'open';
      const running = Promise.all([
        begun,
        ...steps.map((step) => (step.op === 'commit' ? commit(client) : runStep(client, step, onLoss))),
      ]);
      stream.uncork();
      const [, ...results] = await running;
      if (commits) {
        state = 'ended';
        failpoint('commit.after-commit');
      }
      return results;
    };
    try {
      return await work({ run });
    } catch (error) {
      // What failed for a reason of its own (a refusal) leaves a good connection; a storage error may not.
      if (error instanceof StoreError && error.code !== 'not_found') broken ||= isConnectionFault(error);
      throw error;
    } finally {
      if (state === 'open' && !broken) {
        await client.query('ROLLBACK').catch(() => {
          broken = true;
        });
      }
      client.removeListener('error', onError);
      client.release(broken);
    }
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({ ...this.options(), query_timeout: undefined });
    const again = (): void => {
      if (this.listening !== client) return;
      this.listening = null;
      client.end().catch(() => undefined);
      if (this.closed) return;
      this.relisten = setTimeout(() => void this.listen(), RELISTEN_MS);
      this.relisten.unref();
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', () => this.hint());
    this.listening = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.hint();
    } catch {
      again();
    }
  }

  private hint(): void {
    for (const listener of this.listeners) listener();
  }
}

type Query = pg.QueryArrayConfig | (pg.QueryConfig & { query_timeout?: number });

async function query(
  client: pg.PoolClient,
  config: Query,
  onLoss: 'storage_unavailable' | 'outcome_unknown' = 'storage_unavailable',
): Promise<pg.QueryArrayResult<(string | number | null)[]>> {
  try {
    const result: unknown = await client.query(config);
    return result as pg.QueryArrayResult<(string | number | null)[]>;
  } catch (error) {
    throw storeError(error, onLoss);
  }
}

async function commit(client: pg.PoolClient): Promise<StepResult> {
  failpoint('commit.before-commit');
  const { command } = await query(client, { text: 'COMMIT', query_timeout: COMMIT_TIMEOUT_MS }, 'outcome_unknown');
  if (command !== 'COMMIT') throw new StoreError('storage_unavailable', 'the transaction was rolled back');
  return [];
}

async function runStep(
  client: pg.PoolClient,
  step: Exclude<Step, { op: 'commit' }>,
  onLoss: 'storage_unavailable' | 'outcome_unknown',
): Promise<StepResult> {
  switch (step.op) {
    case 'select':
      return (
        await query(client, { values: [...step.params], rowMode: 'array', ...prepared(numbered(step.sql)) }, onLoss)
      ).rows;
    case 'execute':
      return [
        [(await query(client, { values: [...step.params], ...prepared(numbered(step.sql)) }, onLoss)).rowCount ?? 0],
      ];
    case 'lookup': {
      if (step.keys.length === 0) return [];
      const names = step.key.map((_, index) => `k${index}`);
      const where = step.key.map((column, index) => `${column} = wanted.k${index}`).join(' AND ');
      // LATERAL with a limit: each key goes down the primary key. A plain join was planned, before there were statistics,
      // as a scan of the cluster's part of another index.
      const found = `SELECT ${step.columns} FROM ${step.from} WHERE ${where} LIMIT 1`;
      const wanted = `unnest(${places(step.types)}) AS wanted(${names.join(', ')})`;
      const text = `SELECT found.* FROM ${wanted} CROSS JOIN LATERAL (${found}) AS found`;
      return (
        await query(client, { values: columnParameters(step.types, step.keys), rowMode: 'array', ...prepared(text) })
      ).rows;
    }
    case 'upsert': {
      if (step.rows.length === 0) return [];
      const table = tables[step.table];
      await query(client, { values: columnParameters(table.types, step.rows), ...prepared(upsertText(table)) }, onLoss);
      return [];
    }
    case 'packed-pods': {
      const { pods, log } = packedPodRows(step.writes);
      await Promise.all([
        runStep(client, { op: 'upsert', table: 'pod', rows: pods }, onLoss),
        runStep(client, { op: 'upsert', table: 'change_log', rows: log }, onLoss),
      ]);
      return [];
    }
    case 'manifests': {
      const bodies = unpackTexts(step.bodies);
      const ids = bodies.map((_, index) => step.first + index);
      const values = [arrayParameter('bigint', ids), arrayParameter('text', bodies)];
      await query(client, { values, ...prepared(upsertText(tables.manifest)) }, onLoss);
      return [];
    }
    // remove
    default: {
      if (step.keys.length === 0) return [];
      const { columns, key, types: all } = tables[step.table];
      const on = columns.slice(0, key).map((column, index) => `"${column}" = gone.k${index}`);
      const names = on.map((_, index) => `k${index}`).join(', ');
      const text = `DELETE FROM "${step.table}" USING unnest(${places(all.slice(0, key))}) AS gone(${names}) WHERE ${on.join(' AND ')}`;
      await query(client, { values: columnParameters(all.slice(0, key), step.keys), ...prepared(text) }, onLoss);
      return [];
    }
  }
}

function places(columnTypes: readonly ColumnType[]): string {
  return columnTypes.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
}

function upsertText({ name, columns, types: all, key, appendOnly }: Table): string {
  const quoted = columns.map((column) => `"${column}"`);
  const insert = `INSERT INTO "${name}" (${quoted.join(', ')}) SELECT * FROM unnest(${places(all)})`;
  if (appendOnly) return insert;
  const updates = quoted.slice(key).map((column) => `${column} = excluded.${column}`);
  return `${insert} ON CONFLICT (${quoted.slice(0, key).join(', ')}) DO UPDATE SET ${updates.join(', ')}`;
}

const names = new Map<string, string>();

/** A name for each statement text (a closed set, made by the store): the server parses and plans it once a connection. */
function prepared(text: string): { readonly name: string; readonly text: string } {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `stowage_${names.size}`));
  return { name, text };
}

const numberedTexts = new Map<string, string>();

/** `?` → `$1`, `$2` … No statement of the store has a question mark in a literal. */
function numbered(sql: string): string {
  let text = numberedTexts.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replaceAll('?', () => `$${++n}`);
    numberedTexts.set(sql, text);
  }
  return text;
}

/** SQLSTATE classes: 53100 disk_full, 08 connection, 57 operator intervention, 25P03 idle in transaction, 55P03 lock. */
function storeError(error: unknown, onLoss: 'storage_unavailable' | 'outcome_unknown'): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '53100') return new StoreError('storage_full', message);
  if (code === '55P03') return new StoreError('overloaded', message);
  // An answer from the server with an SQLSTATE says for certain that the statement failed, unless it was shut down.
  const answered = /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57P') && !code.startsWith('08');
  return new StoreError(answered ? 'storage_unavailable' : onLoss, code === '' ? message : `${code}: ${message}`);
}

function isConnectionFault(error: StoreError): boolean {
  return error.code === 'outcome_unknown' || error.code === 'storage_unavailable';
}
