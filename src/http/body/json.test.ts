import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicateMember, parseJson } from './json.js';

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // fast-check names members __proto__ now and then
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['a member named twice', '{"a":{"b":1,"b":2}}', 'the body names the member a.b twice'],
    ['in an array', '[1,{"x":[{"y":1,"y":1}]}]', 'the body names the member [1].x[0].y twice'],
    ['spelled differently', '{"a":1,"\\u0061":2}', 'the body names the member a twice'],
    ['__proto__', '{"__proto__":1}', 'a member may not be named "__proto__"'],
    ['65 levels', '['.repeat(65) + ']'.repeat(65), 'the body is nested 65 levels deep, at most 64 are read'],
    ['a number beyond doubles', '[1e400]', 'the body holds the number Infinity, which JSON does not know'],
  ])('refuses %s', (_name, text, sentence) => {
    expect(() => parseJson(text)).toThrow(sentence);
  });

  it.each([
    ['64 levels', '['.repeat(64) + ']'.repeat(64)],
    ['constructor and toString', '{"constructor":1,"toString":2,"hasOwnProperty":3}'],
    ['colons inside texts', '{"a:b":"c:d","e":":"}'],
    ['the same name in two objects', '[{"a":1},{"a":2}]'],
  ])('takes %s', (_name, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
    expect(findDuplicateMember(text)).toBe('');
  });
});
