import { expect, test } from 'vitest';
import { reservationId } from './reservation-id.js';

test('a UUID of version 7 that says its time', () => {
  // The time of RFC 9562's example in appendix A.6.
  const example = /^017f22e2-79b0-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
  expect(reservationId(0x017f22e279b0)).toMatch(example);
  expect(reservationId(0x017f22e279b0 + 0.7)).toMatch(example);
});

test('later ones sort behind, those of one millisecond differ', () => {
  const times = [0, 1, 2 ** 20, 1_764_000_000_000, 2 ** 48 - 1];
  const ids = times.map(reservationId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 1000 }, () => reservationId(5))).size).toBe(1000);
});
