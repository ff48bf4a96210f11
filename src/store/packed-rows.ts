/**
 * Rows on their way to the storage thread: one text and two typed arrays. Structured clone costs by the value, three times
 * what this does for a batch of claims.
 */
import type { SqlRow, SqlValue } from './rows.js';

export interface PackedRows {
  readonly width: number;
  /** All texts, one behind the other. */
  readonly text: string;
  /** Row by row, what each value is. */
  readonly kinds: Uint8Array;
  /** Numbers; of texts, where they end in `text`. */
  readonly values: Float64Array;
}

/** What is neither is null. */
const NUMBER = 1;
const TEXT = 2;

/** Characters of a piece, about: far below the longest string there is. */
const MAX_TEXT = 4 * 1024 * 1024;

/** All rows, in pieces when their texts are long. */
export function packRows(rows: readonly SqlRow[]): PackedRows[] {
  const pieces: PackedRows[] = [];
  for (let first = 0; first < rows.length;) {
    let characters = 0;
    let end = first;
    while (end < rows.length && characters < MAX_TEXT) {
      for (const value of rows[end]!) if (typeof value === 'string') characters += value.length;
      end++;
    }
    pieces.push(packPiece(rows, first, end));
    first = end;
  }
  return pieces;
}

function packPiece(rows: readonly SqlRow[], first: number, end: number): PackedRows {
  const width = rows[first]!.length;
  const kinds = new Uint8Array(width * (end - first));
  const values = new Float64Array(kinds.length);
  let text = '';
  let at = 0;
  for (let index = first; index < end; index++) {
    for (const value of rows[index]!) {
      if (typeof value === 'string') {
        kinds[at] = TEXT;
        text += value;
        values[at] = text.length;
      } else if (value !== null) {
        kinds[at] = NUMBER;
        values[at] = value;
      }
      at++;
    }
  }
  return { width, text, kinds, values };
}

export function* unpackRows({ width, text, kinds, values }: PackedRows): Generator<SqlRow> {
  let start = 0;
  for (let first = 0; first < kinds.length; first += width) {
    const row: SqlValue[] = [];
    for (let at = first; at < first + width; at++) {
      const value = values[at]!;
      if (kinds[at] === TEXT) {
        row.push(text.slice(start, value));
        start = value;
      } else row.push(kinds[at] === NUMBER ? value : null);
    }
    yield row;
  }
}
