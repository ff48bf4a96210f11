/** Messages between the main thread (`sqlite-database.ts`) and a SQLite worker (`worker/store-writer.ts`). */
import type { PackedRows } from './packed-rows.js';
import type { SqlRow, SqlValue, TableName } from './rows.js';
import type { Step, StepResult } from './session.js';

export interface WorkerSetup {
  readonly path: string;
  /** Largest size of the file in pages; null: unbounded. */
  readonly maxPages: number | null;
  /** Readers open the file read-only. */
  readonly role: 'writer' | 'reader';
}

/** A step as it crosses to the thread: rows to be written, and keys to be looked up, go packed. */
export type WorkerStep =
  | Exclude<Step, { readonly op: 'upsert' | 'lookup' }>
  | { readonly op: 'upsert'; readonly table: TableName; readonly rows: readonly PackedRows[] }
  | (Omit<Step & { readonly op: 'lookup' }, 'keys' | 'types'> & { readonly keys: readonly PackedRows[] });

export interface WorkerRequest {
  readonly id: number;
  readonly connection: number;
  /**
   * `begin` opens the transaction and runs the steps, `continue` runs them in the open one (an error when there is none),
   * `end` rolls back what is open.
   */
  readonly action: 'begin' | 'continue' | 'end';
  readonly steps: readonly WorkerStep[];
}

export type WorkerReply =
  | { readonly id: number; readonly results: readonly FlatRows[] }
  | {
      readonly id: number;
      readonly error: {
        readonly message: string;
        /** SQLite's, such as SQLITE_FULL. */
        readonly code: string;
        /** True when the failing step was the commit. */
        readonly committing: boolean;
      };
    };

/**
 * Rows as they cross between threads: the cells of one row after another. A list of a thousand small lists takes the
 * structured clone three times as long on either side.
 */
export interface FlatRows {
  /** Cells a row. */
  readonly width: number;
  readonly cells: readonly SqlValue[];
}

/** @param rows all of the same width */
export function flatRows(rows: StepResult): FlatRows {
  const cells: SqlValue[] = [];
  for (const row of rows) for (const cell of row) cells.push(cell);
  return { width: rows[0]?.length ?? 0, cells };
}

export function rowsOfFlat({ width, cells }: FlatRows): StepResult {
  const rows: SqlRow[] = [];
  for (let start = 0; start < cells.length; start += width) rows.push(cells.slice(start, start + width));
  return rows;
}
