/** What migrations share: one description of a table for both databases. */
import { Table, type QueryRunner, type TableColumnOptions } from 'typeorm';

/** `name`, `name?` (nullable), with `text` (bytewise order), `integer` (32 bits) or `bigint`. */
export type Columns = Readonly<Record<string, 'text' | 'integer' | 'bigint'>>;

/**
 * A table description. The columns named in `key` are the primary key; `clustered` keeps the rows inside its index on
 * SQLite (narrow rows that are read in key order).
 */
export function table(
  runner: QueryRunner,
  name: string,
  key: readonly string[],
  columns: Columns,
  options: { clustered?: boolean; unique?: string; index?: { name: string; columns: string[] } } = {},
): Table {
  const postgres = runner.connection.options.type === 'postgres';
  return new Table({
    name,
    withoutRowid: options.clustered ?? false,
    columns: Object.entries(columns).map(([columnName, type]): TableColumnOptions => {
      const bare = columnName.replace('?', '');
      return {
        name: bare,
        type,
        isNullable: columnName.endsWith('?'),
        isPrimary: key.includes(bare),
        isUnique: options.unique === bare,
        ...(postgres && type === 'text' && { collation: 'C' }),
        ...(key.length === 1 && bare === 'id' && type === 'integer' && generated),
      };
    }),
    indices: options.index === undefined ? [] : [{ name: options.index.name, columnNames: options.index.columns }],
  });
}

const generated = { isGenerated: true, generationStrategy: 'increment' } as const;
