/**
 * What the store asks of a database: steps, as plain data, so that they may cross into the worker thread that owns
 * SQLite's connection as well as go over PostgreSQL's wire. Everything above is the same for both.
 */
import type { PackedPodWrites } from './packed-objects.js';
import type { PackedTexts } from './packed-texts.js';
import type { ColumnType, SqlRow, SqlValue, TableName } from './rows.js';

export type Step =
  /** `?` are the parameters' places. Rows come back as arrays, in the order of the selected columns. */
  | { readonly op: 'select'; readonly sql: string; readonly params: SqlRow }
  /** One row or none for each key: `SELECT <columns> FROM <from> WHERE <key columns> = <key>`; found rows only. */
  | {
      readonly op: 'lookup';
      readonly columns: string;
      readonly from: string;
      readonly key: readonly string[];
      readonly types: readonly ColumnType[];
      readonly keys: readonly SqlRow[];
    }
  /** Changes rows by any other statement; the result's first cell is their number. */
  | { readonly op: 'execute'; readonly sql: string; readonly params: SqlRow }
  /** Inserts whole rows, replacing those of the same key (append-only tables: an error). No key twice in one step. */
  | { readonly op: 'upsert'; readonly table: TableName; readonly rows: readonly SqlRow[] }
  /** Inserts manifests under ids one after another from `first`. The bytes are given away: nobody may read them after. */
  | { readonly op: 'manifests'; readonly first: number; readonly bodies: PackedTexts }
  /** Writes the rows of packed pods and their log rows. The packed objects are given away. */
  | { readonly op: 'packed-pods'; readonly writes: PackedPodWrites }
  /** Deletes the rows of these primary keys. */
  | { readonly op: 'remove'; readonly table: TableName; readonly keys: readonly SqlRow[] }
  /** Ends the transaction of a `write`. After it nothing may follow. */
  | { readonly op: 'commit' };

/** Rows of a select or lookup; empty for the others (execute: one row, the number of rows changed). */
export type StepResult = readonly SqlRow[];

export interface Session {
  /** Runs steps in order, in one trip where the database allows. A failure fails the transaction. */
  run(steps: readonly Step[]): Promise<readonly StepResult[]>;
}

export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** After `SELECT … FROM cluster WHERE …`: locks the row until the transaction ends. SQLite has one writer anyway. */
  readonly forUpdate: string;
  /** After `UPDATE cluster … WHERE …`: tells other processes, once committed, that there is something to read. */
  readonly announcing: string;
  /**
   * Into how many batches those who write at the same time are best divided. Two, where a batch is written by a thread of
   * this process: the main thread reads and answers the one half while the other is written. One, where each batch costs
   * trips and other replicas wait for the lock.
   */
  readonly batchesInFlight: 1 | 2;
  open(): Promise<void>;
  close(): Promise<void>;
  /**
   * A write transaction; it commits by its `commit` step and rolls back when `work` ends without. On SQLite one at a
   * time.
   *
   * @throws StoreError `outcome_unknown` when the commit was sent and not answered, `storage_full`,
   * `storage_unavailable` when nothing was written; whatever `work` throws
   */
  write<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** A read transaction: all its steps see one state of the database. Never waits for a writer. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Calls back when another process may have written. A hint: polling is the truth. */
  onHint(listener: () => void): void;
}

export function select(sql: string, ...params: readonly SqlValue[]): Step {
  return { op: 'select', sql, params };
}

export function execute(sql: string, ...params: readonly SqlValue[]): Step {
  return { op: 'execute', sql, params };
}

/** The one step's rows. */
export async function rowsOf(session: Session, step: Step): Promise<readonly SqlRow[]> {
  return (await session.run([step]))[0]!;
}

/** Lets timers and input have their turn in the middle of a long loop. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Cuts a list into pieces of at most `size`. */
export function* slices<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
