/**
 * Array parameters in PostgreSQL's binary form (`array_recv`): nothing to escape here, nothing to parse there. A batch of
 * claims is some thousand values, half of them JSON texts.
 */
import type { ColumnType, SqlRow, SqlValue } from './rows.js';

/** `pg_type.oid` of the elements. */
const OIDS: Readonly<Record<ColumnType, number>> = { text: 25, integer: 23, bigint: 20 };
/** Dimensions, whether there are nulls, the elements' type; then size and lower bound of the one dimension. */
const HEADER = 12;
const DIMENSION = 8;
const NULL = -1;
/** UTF-8 bytes of a UTF-16 unit at most. */
const BYTES_A_UNIT = 3;
/** Largest scratch memory that is kept. */
const KEPT = 1024 * 1024;

let scratch = Buffer.allocUnsafe(64 * 1024);

/** The values of one column as one parameter. */
export function arrayParameter(type: ColumnType, values: readonly SqlValue[]): Buffer {
  let at = HEADER;
  if (values.length > 0) {
    at = reserve(at, DIMENSION);
    scratch.writeInt32BE(values.length, HEADER);
    scratch.writeInt32BE(1, HEADER + 4);
  }
  let nulls = 0;
  for (const value of values) {
    if (value !== null) at = type === 'text' ? writeText(String(value), at) : writeNumber(type, Number(value), at);
    else {
      nulls = 1;
      at = writeInt(NULL, at);
    }
  }
  scratch.writeInt32BE(values.length > 0 ? 1 : 0, 0);
  scratch.writeInt32BE(nulls, 4);
  scratch.writeInt32BE(OIDS[type], 8);
  const array = Buffer.from(scratch.subarray(0, at));
  if (scratch.length > KEPT) scratch = Buffer.allocUnsafe(KEPT);
  return array;
}

/** Rows as one array parameter a column: one statement for any number of rows, never more than 32,766 parameters. */
export function columnParameters(types: readonly ColumnType[], rows: readonly SqlRow[]): Buffer[] {
  return types.map((type, column) =>
    arrayParameter(
      type,
      rows.map((row) => row[column] ?? null),
    ),
  );
}

function reserve(at: number, bytes: number): number {
  if (at + bytes > scratch.length) {
    const larger = Buffer.allocUnsafe(2 * (at + bytes));
    scratch.copy(larger, 0, 0, at);
    scratch = larger;
  }
  return at + bytes;
}

function writeInt(value: number, at: number): number {
  const end = reserve(at, 4);
  scratch.writeInt32BE(value, at);
  return end;
}

function writeText(text: string, at: number): number {
  reserve(at, 4 + BYTES_A_UNIT * text.length);
  const length = scratch.write(text, at + 4);
  scratch.writeInt32BE(length, at);
  return at + 4 + length;
}

function writeNumber(type: 'integer' | 'bigint', value: number, at: number): number {
  if (type === 'integer') return writeInt(value, writeInt(4, at));
  const high = writeInt(8, at);
  const end = reserve(high, 8);
  scratch.writeInt32BE(Math.floor(value / 2 ** 32), high);
  scratch.writeUInt32BE(value >>> 0, high + 4);
  return end;
}
