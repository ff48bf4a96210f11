import { describe, expect, test } from 'vitest';
import type { Json } from '../kubernetes/types.js';
import { mergePatch } from './merge-patch.js';

describe('mergePatch', () => {
  const rows: readonly { name: string; target: Json; patch: Json; result: Json }[] = [
    {
      name: 'objects merge',
      target: { a: 1, b: { c: 2 } },
      patch: { b: { d: 3 } },
      result: { a: 1, b: { c: 2, d: 3 } },
    },
    { name: 'null removes', target: { a: 1, b: 2 }, patch: { a: null }, result: { b: 2 } },
    { name: 'null of an absent member is nothing', target: {}, patch: { a: null }, result: {} },
    { name: 'lists replace', target: { a: [1, 2] }, patch: { a: [3] }, result: { a: [3] } },
    { name: 'an object replaces a scalar', target: { a: 1 }, patch: { a: { b: null, c: 1 } }, result: { a: { c: 1 } } },
    { name: 'a scalar patch replaces all', target: { a: 1 }, patch: 'x', result: 'x' },
  ];
  test.each(rows)('$name', ({ target, patch, result }) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test('__proto__ is an ordinary member', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}') as Json);
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
