/** Messages between the service and an import thread (`worker/import.ts`). */
import type { EncodedError } from './encoded-error.js';
import type { ReadOptions, ReadSummary } from './import-reader.js';
import type { ReadSlice } from './import-slice.js';

export type ImportForm = 'json' | 'yaml' | 'ndjson';

export interface ImportSetup {
  readonly form: ImportForm;
  readonly maxObjectBytes: number;
  readonly options: ReadOptions;
  /** One Int32: slices that the thread has sent and the service has not taken. */
  readonly untaken: SharedArrayBuffer;
}

export type ToImportThread =
  /** A body follows, its chunks and then its end. */
  | { readonly type: 'begin'; readonly setup: ImportSetup }
  /** Bytes that follow each other, each piece a buffer of its own. */
  | { readonly type: 'chunk'; readonly pieces: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly type: 'end' };

export type ImportThreadMessage =
  /** So many bytes have been read. */
  | { readonly type: 'read'; readonly bytes: number }
  | { readonly type: 'slice'; readonly slice: ReadSlice }
  | { readonly type: 'end'; readonly summary: ReadSummary }
  | { readonly type: 'error'; readonly error: EncodedError };
