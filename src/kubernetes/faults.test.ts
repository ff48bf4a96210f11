import { describe, expect, it } from 'vitest';
import { Faults, quoted } from './faults.js';

describe('Faults', () => {
  it.each<[string, (faults: Faults) => void, string]>([
    ['required', (faults) => faults.required('name'), 'spec.containers[0].name: Required value'],
    ['required with detail', (faults) => faults.required('', 'why'), 'spec.containers[0]: Required value: why'],
    ['text', (faults) => faults.invalid('a', 'x"y', 'bad'), 'spec.containers[0].a: Invalid value: "x\\"y": bad'],
    ['number', (faults) => faults.invalid('a', -1, 'bad'), 'spec.containers[0].a: Invalid value: -1: bad'],
    [
      'object',
      (faults) => faults.invalid('a', { b: '<' }, 'bad'),
      'spec.containers[0].a: Invalid value: {"b":"\\u003c"}: bad',
    ],
    ['duplicate', (faults) => faults.duplicate('[1]', 'a'), 'spec.containers[0][1]: Duplicate value: "a"'],
    ['forbidden', (faults) => faults.forbidden('a', 'no'), 'spec.containers[0].a: Forbidden: no'],
    ['not found', (faults) => faults.notFound('a', 'x'), 'spec.containers[0].a: Not found: "x"'],
    ['too long', (faults) => faults.tooLong('a', 63), 'spec.containers[0].a: Too long: may not be more than 63 bytes'],
    [
      'too many',
      (faults) => faults.tooMany('a', 21, 20),
      'spec.containers[0].a: Too many: 21: must have at most 20 items',
    ],
    [
      'not supported',
      (faults) => faults.notSupported('a', 'x', ['b', 'c']),
      'spec.containers[0].a: Unsupported value: "x": supported values: "b", "c"',
    ],
    [
      'wrong type',
      (faults) => faults.wrongType('a', [], 'string'),
      'spec.containers[0].a: Invalid value: "array": spec.containers[0].a in body must be of type string: "array"',
    ],
  ])('%s', (_, report, message) => {
    const faults = new Faults();
    faults.enter('spec');
    faults.enter('containers');
    faults.enter(0);
    report(faults);
    faults.leave();
    faults.leave();
    faults.leave();
    expect(faults.errors.map((error) => error.message)).toEqual([message]);
    expect(faults.path('kind')).toBe('kind');
  });

  it.each([
    ['plain', '"plain"'],
    ['tab\t newline\n bell\x07 escape\x1b', '"tab\\t newline\\n bell\\a escape\\x1b"'],
    ['back\\slash "quote"', '"back\\\\slash \\"quote\\""'],
    ['snow ☃ 🙂', '"snow ☃ 🙂"'],
    ['zero\u200bwidth', '"zero\\u200bwidth"'],
    ['\ud800', '"�"'],
  ])('quotes %j as Go does', (text, expected) => expect(quoted(text)).toBe(expected));
});
