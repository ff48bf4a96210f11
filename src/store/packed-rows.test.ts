import { expect, test } from 'vitest';
import { packRows, unpackRows } from './packed-rows.js';
import type { SqlRow } from './rows.js';

const through = (rows: readonly SqlRow[]): SqlRow[] => packRows(rows).flatMap((piece) => [...unpackRows(piece)]);

test.each<[string, readonly SqlRow[]]>([
  ['no rows', []],
  [
    'texts, numbers and nulls',
    [
      ['a', 1, null],
      ['', -7, 'b'],
    ],
  ],
  ['numbers beyond 32 bits, and fractions', [[2 ** 53 - 1], [-(2 ** 40)], [0], [0.5]]],
  [
    'text beyond Latin-1',
    [
      ['naïve', 'Ω', '😀', '\ud800'],
      ['x', 'y', 'z', ''],
    ],
  ],
])('%s come out as they went in', (_name, rows) => {
  expect(through(rows)).toEqual(rows);
});

test('long texts go in several pieces', () => {
  const rows = Array.from({ length: 10 }, (_, index) => [index, String(index).repeat(1_000_000)]);
  expect(packRows(rows).length).toBeGreaterThan(1);
  expect(through(rows)).toEqual(rows);
});
