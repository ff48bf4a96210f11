import { describe, expect, it } from 'vitest';
import { Quantity, QuantityError, isDigitless } from './quantity.js';

describe('Quantity.parse', () => {
  // text, canonical form, value, thousandths: SEMANTICS 1.3, executed upstream.
  it.each([
    ['1.5Gi', '1536Mi', 1610612736n, 1610612736000n],
    ['1024Mi', '1Gi', 1073741824n, 1073741824000n],
    ['1000Ki', '1000Ki', 1024000n, 1024000000n],
    ['1.1Ki', '1126400m', 1127n, 1126400n],
    ['0.001Ki', '1024m', 2n, 1024n],
    ['0.1Ki', '102400m', 103n, 102400n],
    ['.5Gi', '512Mi', 536870912n, 536870912000n],
    ['5.25Gi', '5376Mi', 5637144576n, 5637144576000n],
    ['2048', '2048', 2048n, 2048000n],
    ['1000', '1k', 1000n, 1000000n],
    ['3000000000m', '3M', 3000000n, 3000000000n],
    ['1.50', '1500m', 2n, 1500n],
    ['1000m', '1', 1n, 1000n],
    ['0.1m', '100u', 1n, 1n],
    ['1n', '1n', 1n, 1n],
    ['0.5n', '1n', 1n, 1n],
    ['1e3', '1e3', 1000n, 1000000n],
    ['1e2', '100', 100n, 100000n],
    ['12e5', '1200e3', 1200000n, 1200000000n],
    ['1.5e3', '1500', 1500n, 1500000n],
    ['-1.5', '-1500m', -2n, -1500n],
    ['-500m', '-500m', -1n, -500n],
    ['1E', '1E', 10n ** 18n, 10n ** 21n],
    ['1Ei', '1Ei', 2n ** 60n, 2n ** 60n * 1000n],
    ['8Ei', '9223372036854775807', 2n ** 63n - 1n, (2n ** 63n - 1n) * 1000n],
    ['9223372036854775808', '9223372036854775808', 2n ** 63n, 2n ** 63n * 1000n],
    ['1e19', '10e18', 10n ** 19n, 10n ** 22n],
    ['100E', '100E', 10n ** 20n, 10n ** 23n],
    ['0Mi', '0', 0n, 0n],
    ['-0', '0', 0n, 0n],
    ['1e-999999999', '1e-9', 1n, 1n],
  ])('%s is %s', (text, canonical, value, milliValue) => {
    const quantity = Quantity.parse(text);
    expect(quantity.toString()).toBe(canonical);
    expect(quantity.value()).toBe(value);
    expect(quantity.milliValue()).toBe(milliValue);
  });

  const format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const suffix = "unable to parse quantity's suffix";
  const numeric = 'unable to parse numeric part of quantity';
  it.each([
    ['', format],
    ['1 ', format],
    ['1 Gi', format],
    ['1e1.5', format],
    ['1.1.1', format],
    ['0x10', format],
    ['1,000', format],
    ['1_000', format],
    ['NaN', format],
    ['1e3Ki', format],
    ['1K', suffix],
    ['1ki', suffix],
    ['1i', suffix],
    ['1e', suffix],
    ['1E+', suffix],
    ['1-', suffix],
    ['1Ki5', suffix],
    ['1mm', suffix],
    ['1e9223372036854775808', suffix],
    ['Pi', numeric],
    ['-.Ei', numeric],
    ['1e999999999', numeric],
    [`1${'0'.repeat(5000)}`, numeric],
  ])('%s is refused', (text, message) => {
    expect(() => Quantity.parse(text)).toThrow(new QuantityError(message));
    expect(Quantity.tryParse(text)).toEqual(new QuantityError(message));
  });

  it.each(['+', '-', '.', 'Mi', 'm', 'e3', 'E'])('%s is zero by accident', (text) => {
    expect(Quantity.parse(text).isZero()).toBe(true);
    expect(isDigitless(text)).toBe(true);
  });

  it.each(['0', '-0', '+.0', '0Mi', '.5'])('%s has digits', (text) => expect(isDigitless(text)).toBe(false));
});

describe('arithmetic', () => {
  it.each([
    ['1Gi', '1G', '2073741824', '73741824'],
    ['0', '1Gi', '1Gi', '-1Gi'],
    ['512Mi', '512Mi', '1Gi', '0'],
    ['1', '250m', '1250m', '750m'],
    ['100m', '1Gi', '1073741824100m', '-1073741823900m'],
    ['9Pi', '1n', '10133099161583616000000001n', '10133099161583615999999999n'],
  ])('%s and %s', (left, right, sum, difference) => {
    expect(Quantity.parse(left).add(Quantity.parse(right)).toString()).toBe(sum);
    expect(Quantity.parse(left).sub(Quantity.parse(right)).toString()).toBe(difference);
  });

  it.each([
    ['1', '1000m', 0],
    ['1Gi', '1G', 1],
    ['-1', '1n', -1],
    ['9Pi', '9.000000000000000000001Pi', -1],
    ['16Ti', '16.5Ti', -1],
  ])('%s against %s', (left, right, order) => {
    expect(Quantity.parse(left).cmp(Quantity.parse(right))).toBe(order);
  });

  it.each([
    ['1n', '1m'],
    ['1.0005', '1001m'],
    ['-1n', '-1m'],
    ['1500m', '1500m'],
  ])('%s rounded up to thousandths is %s', (text, rounded) => {
    expect(Quantity.parse(text).roundUpToMilli().toString()).toBe(rounded);
  });

  it.each([
    ['9223372036854775807', true, false],
    ['9223372036854775', true, true],
    ['9223372036854776', true, false],
    ['1e19', false, false],
  ])('%s in int64: value %s, thousandths %s', (text, value, milli) => {
    expect(Quantity.parse(text).fitsInt64()).toBe(value);
    expect(Quantity.parse(text).fitsInt64(true)).toBe(milli);
  });
});
