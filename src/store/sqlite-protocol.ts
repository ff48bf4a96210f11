/** Messages between the main thread (`sqlite-database.ts`) and a SQLite worker (`worker/store-writer.ts`). */
import type { Step, StepResult } from './session.js';

export interface WorkerSetup {
  readonly path: string;
  /** Largest size of the file in pages; null: unbounded. */
  readonly maxPages: number | null;
  /** Readers open the file read-only. */
  readonly role: 'writer' | 'reader';
}

export interface WorkerRequest {
  readonly id: number;
  readonly connection: number;
  /**
   * `begin` opens the transaction and runs the steps, `continue` runs them in the open one (an error when there is none),
   * `end` rolls back what is open.
   */
  readonly action: 'begin' | 'continue' | 'end';
  readonly steps: readonly Step[];
}

export type WorkerReply =
  | { readonly id: number; readonly results: readonly StepResult[] }
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
