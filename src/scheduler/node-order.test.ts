import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NodeOrder } from './node-order.js';
import { roomClass } from './node-usage.js';

/** Sorted, complete, and `below` counts what is below. */
function check(order: NodeOrder, bytes: readonly number[], nodes: Int32Array): void {
  const { slots, values } = order;
  expect([...values]).toEqual(bytes);
  expect([...slots].sort((a, b) => a - b)).toEqual([...nodes].sort((a, b) => a - b));
  const sorted = Array.from(slots, (slot) => bytes[slot]!);
  expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
  for (const value of [0, 1, 100, 255, 256]) {
    expect(order.below(value)).toBe(sorted.filter((byte) => byte < value).length);
  }
}

test('stays sorted as bytes change; a copy does not follow', () => {
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 100, 255));
  fc.assert(
    fc.property(
      fc.array(byte, { minLength: 1, maxLength: 30 }),
      fc.array(fc.tuple(fc.nat(), byte), { maxLength: 30 }),
      fc.nat({ max: 5 }),
      (bytes, moves, unused) => {
        // Some slots are nobody's.
        const nodes = Int32Array.from(bytes.keys()).slice(Math.min(unused, bytes.length - 1));
        const order = NodeOrder.of(Uint8Array.from(bytes), nodes);
        const copy = order.copy(order.values.slice());
        const now = [...bytes];
        for (const [at, value] of moves) {
          const slot = nodes[at % nodes.length]!;
          order.move(slot, value);
          now[slot] = value;
          check(order, now, nodes);
        }
        check(copy, bytes, nodes);
      },
    ),
  );
});

test('classes of amounts never fall as amounts grow', () => {
  const amount = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 70 }), fc.constantFrom(-Infinity, Infinity));
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      if (a < b) expect(roomClass(a)).toBeLessThanOrEqual(roomClass(b));
      if (roomClass(a) < roomClass(b)) expect(a).toBeLessThan(b);
    }),
  );
  expect([-1, 0, 1, 2, 3, 4, 1000, 2 ** 53, Infinity].map(roomClass)).toEqual([0, 1, 2, 6, 8, 10, 41, 214, 255]);
});
