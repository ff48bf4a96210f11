/** Messages between the service and a question thread (`worker/questions.ts`). */
import type { Json } from '../kubernetes/types.js';
import type { Verdict } from '../planning/common.js';
import type { EncodedError } from './encoded-error.js';
import type { LongQuestion } from './long-questions.js';

export interface ThreadSetup {
  /** The store's own address: for `sqlite::memory:` the temporary file's. */
  readonly databaseUrl: string;
  /** One Int32: the number of the job to give up. */
  readonly cancelled: SharedArrayBuffer;
}

export interface Job {
  readonly id: number;
  readonly question: LongQuestion;
  readonly cluster: string;
  /** What the asker has seen: the answer is computed at this revision or a later one. */
  readonly revision: number;
  readonly request: Json;
}

export type ThreadMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: EncodedAnswer }
  | { readonly type: 'error'; readonly id: number; readonly error: EncodedError }
  | { readonly type: 'cancelled'; readonly id: number };

/** An answer as bytes: printing a long one would stop the main thread as long as computing a short one. */
export interface EncodedAnswer {
  readonly verdict: Verdict;
  readonly revision: number | null;
  /** JSON text in UTF-8. */
  readonly json: Uint8Array;
}
