import { expect, test } from 'vitest';
import { SeenBefore } from './seen-before.js';

test('a text is seen before from its second time on', () => {
  const seen = new SeenBefore();
  expect([seen.check('a'), seen.check('b'), seen.check('a'), seen.check('a'), seen.check('')]).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('of many texts the last ones are known, nearly all of them', () => {
  const seen = new SeenBefore();
  for (let i = 0; i < 100_000; i++) expect(seen.check(`pod-${i}`)).toBe(false);
  let again = 0;
  for (let i = 99_000; i < 100_000; i++) if (seen.check(`pod-${i}`)) again++;
  expect(again).toBeGreaterThan(700);
});
