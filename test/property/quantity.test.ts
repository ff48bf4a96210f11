import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quantity, QuantityError, type QuantityFormat } from '../../src/kubernetes/quantity.js';

const formats: readonly QuantityFormat[] = ['DecimalSI', 'BinarySI', 'DecimalExponent'];

/** Amounts of every size around the borders of the representations: nanos, thousandths, 2^53, int64. */
const nanos = fc.oneof(
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }).map((units) => units * 10n ** 9n),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
);
const quantity = fc
  .tuple(nanos, fc.constantFrom(...formats))
  .map(([amount, format]) => Quantity.ofNanos(amount, format));

/** Texts near the grammar. */
const text = fc.oneof(
  fc.string(),
  fc
    .tuple(
      fc.constantFrom('', '+', '-'),
      fc.stringMatching(/^[0-9]{0,25}$/),
      fc.constantFrom('', '.'),
      fc.stringMatching(/^[0-9]{0,12}$/),
      fc.constantFrom(
        '',
        'n',
        'u',
        'm',
        'k',
        'M',
        'G',
        'T',
        'P',
        'E',
        'Ki',
        'Mi',
        'Gi',
        'Ti',
        'Pi',
        'Ei',
        'e3',
        'E-12',
        'e99',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('quantities', () => {
  it('parsing what was printed gives the same amount', () => {
    fc.assert(
      fc.property(quantity, (value) => {
        // A binary suffix is cut off at int64, and what fits none prints without one only below 1024.
        if (value.format === 'BinarySI' && !value.fitsInt64()) return;
        expect(Quantity.parse(value.toString()).cmp(value)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });

  it('printing what was parsed is stable', () => {
    fc.assert(
      fc.property(text, (input) => {
        const parsed = Quantity.tryParse(input);
        if (parsed instanceof QuantityError) return;
        const printed = parsed.toString();
        expect(Quantity.parse(printed).toString()).toBe(printed);
      }),
      { numRuns: 3000 },
    );
  });

  it('value and milliValue round away from zero', () => {
    fc.assert(
      fc.property(nanos, (amount) => {
        const value = Quantity.ofNanos(amount);
        const magnitude = amount < 0n ? -amount : amount;
        const sign = amount < 0n ? -1n : 1n;
        expect(value.value()).toBe(sign * ((magnitude + 10n ** 9n - 1n) / 10n ** 9n));
        expect(value.milliValue()).toBe(sign * ((magnitude + 10n ** 6n - 1n) / 10n ** 6n));
        expect(value.toNumber()).toBe(Number(value.value()));
        expect(value.milliNumber()).toBe(Number(value.milliValue()));
        expect(value.isWhole()).toBe(amount % 10n ** 9n === 0n);
        expect(value.roundUpToMilli().milliValue()).toBe(value.milliValue());
      }),
      { numRuns: 3000 },
    );
  });

  it('adds, subtracts and compares exactly', () => {
    fc.assert(
      fc.property(nanos, nanos, (left, right) => {
        const [a, b] = [Quantity.ofNanos(left), Quantity.ofNanos(right)];
        expect(a.add(b).equals(Quantity.ofNanos(left + right))).toBe(true);
        expect(a.sub(b).equals(Quantity.ofNanos(left - right))).toBe(true);
        expect(a.cmp(b)).toBe(left < right ? -1 : left > right ? 1 : 0);
        expect(a.sign()).toBe(left < 0n ? -1 : left > 0n ? 1 : 0);
        expect(a.isZero()).toBe(left === 0n);
      }),
      { numRuns: 3000 },
    );
  });
});
