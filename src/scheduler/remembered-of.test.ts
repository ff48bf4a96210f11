import { expect, test } from 'vitest';
import { RememberedOf } from './remembered-of.js';

test('what is found out about an object is kept from the second time on', () => {
  const remembered = new RememberedOf<object, number>();
  const [pod, other] = [{}, {}];
  remembered.set(pod, 1);
  expect(remembered.get(pod)).toBeUndefined();
  remembered.set(pod, 2);
  remembered.set(other, 3);
  expect([remembered.get(pod), remembered.get(other)]).toEqual([2, undefined]);
  remembered.set(pod, 4);
  expect(remembered.get(pod)).toBe(4);
});
