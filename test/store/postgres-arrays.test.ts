/** What goes to PostgreSQL as a binary array arrives as it was. */
import process from 'node:process';
import pg from 'pg';
import { expect, test } from 'vitest';
import { columnParameters } from '../../src/store/postgres-arrays.js';
import type { SqlRow } from '../../src/store/rows.js';

const types = ['text', 'integer', 'bigint'] as const;

test.each<[string, readonly SqlRow[]]>([
  ['nothing', []],
  ['nulls', [[null, null, null]]],
  [
    'what needs escaping in a literal',
    [
      ['{"a":"\\\\ \\" , NULL"}', 0, 0],
      ['', 1, 1],
      ['NULL', 2, 2],
    ],
  ],
  ['text beyond ASCII', [['naïve Ω 😀', 3, 3]]],
  [
    'the ends of the ranges',
    [
      ['a', 2 ** 31 - 1, 2 ** 53 - 1],
      ['b', -(2 ** 31), -(2 ** 53 - 1)],
      ['c', -1, -1],
    ],
  ],
  ['more than the scratch memory holds', Array.from({ length: 300 }, (_, n) => ['x'.repeat(10_000), n, n * 2 ** 33])],
])('%s', async (_name, rows) => {
  const client = new pg.Client({ connectionString: process.env['STOWAGE_TEST_POSTGRES'] });
  await client.connect();
  try {
    const text = 'SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[])';
    const answer = await client.query<(string | number | null)[]>({
      text,
      values: columnParameters(types, rows),
      rowMode: 'array',
    });
    const read = answer.rows.map(([a, b, c]) => [a, b, c === null ? null : Number(c)]);
    expect(read).toEqual(rows);
  } finally {
    await client.end();
  }
});
