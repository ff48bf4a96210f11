/**
 * The three column types of the schema, the same words on both databases. Text sorts bytewise everywhere: collation "C"
 * on PostgreSQL; SQLite's default compares bytes already.
 */
import { Column, PrimaryColumn } from 'typeorm';

interface Options {
  readonly key?: boolean;
  readonly nullable?: boolean;
  readonly unique?: boolean;
}

export function Text(options: Options = {}): PropertyDecorator {
  return column('text', options, { collation: 'C' });
}

/** 32 bits. */
export function Integer(options: Options = {}): PropertyDecorator {
  return column('integer', options, {});
}

/** 64 bits: PostgreSQL's driver gives such values as strings, here they are numbers (exact below 2^53). */
export function BigInteger(options: Options = {}): PropertyDecorator {
  const from = (value: string | number | null): number | null => (value === null ? null : Number(value));
  return column('bigint', options, { transformer: { from, to: (value: number | null) => value } });
}

function column(type: 'text' | 'integer' | 'bigint', options: Options, more: object): PropertyDecorator {
  if (options.key === true) return PrimaryColumn({ type, ...more });
  return Column({ type, nullable: options.nullable ?? false, unique: options.unique ?? false, ...more });
}
