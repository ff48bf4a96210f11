import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ItemSplitter } from './items.js';
import { scanJson } from './json.js';

/** Splits the text, handed over in chunks of the given sizes (bytes, repeated). */
function split(text: string, sizes: readonly number[] = [1 << 20]): { items: string[]; rest: string } {
  const items: string[] = [];
  const splitter = new ItemSplitter(({ text: item, shape }) => {
    items.push(item);
    expect(shape).toEqual(scanJson(item));
  }, 1 << 20);
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { items, rest: splitter.end() };
}

describe('ItemSplitter', () => {
  it.each([
    ['one object', '{"kind":"Pod"}', [], '{"kind":"Pod"}'],
    ['an empty list', '{"items":[],"kind":"List"}', [], '{"items":[],"kind":"List"}'],
    [
      'items and what is around them',
      '{"a":1,"items":[{"b":[2]},{"c":3}],"kind":"List"}',
      ['{"b":[2]}', '{"c":3}'],
      '{"a":1,"items":[],"kind":"List"}',
    ],
    ['spaces everywhere', ' { "items" : [ {"a" : 1} , 2 ] } ', ['{"a" : 1}', '2 '], ' { "items" : [] } '],
    ['items deeper down are no items', '{"spec":{"items":[{"a":1}]}}', [], '{"spec":{"items":[{"a":1}]}}'],
    ['items of another type', '{"items":{"a":[1]}}', [], '{"items":{"a":[1]}}'],
    ['a value that is called items', '{"kind":"items","b":["items"]}', [], '{"kind":"items","b":["items"]}'],
    [
      'brackets and quotes inside texts',
      '{"items":[{"a":"]}\\"[{,"},"x,]"]}',
      ['{"a":"]}\\"[{,"}', '"x,]"'],
      '{"items":[]}',
    ],
    ['an unfinished item is left to the parser', '{"items":[{"a":1},{"b"', ['{"a":1}'], '{"items":[{"b"'],
  ])('%s', (_name, text, items, rest) => {
    expect(split(text)).toEqual({ items, rest });
    expect(split(text, [1])).toEqual({ items, rest });
  });

  it('gives the values of any list, however it is cut', () => {
    const document = fc.record({
      before: fc.jsonValue(),
      items: fc.array(fc.jsonValue({ maxDepth: 4 })),
      kind: fc.string(),
    });
    fc.assert(
      fc.property(
        document,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.boolean(),
        (value, sizes, pretty) => {
          const { items, rest } = split(JSON.stringify(value, null, pretty ? 2 : 0), sizes);
          expect(items.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(JSON.stringify(value.items)));
          expect(JSON.parse(rest)).toEqual(JSON.parse(JSON.stringify({ ...value, items: [] })));
        },
      ),
    );
  });

  it.each([
    ['an item', `{"items":["${'x'.repeat(2 << 20)}"]}`],
    ['the rest', `{"a":"${'x'.repeat(2 << 20)}"}`],
  ])('refuses %s that is too large', (_name, text) => {
    expect(() => split(text, [65_536])).toThrow(/larger than/);
  });
});
