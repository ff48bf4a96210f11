import { Quantity, QuantityError } from '../../../src/kubernetes/quantity.js';
import { firstDifference } from '../compare.js';
import type { ConformanceCase } from '../registry.js';

const maxInt64 = 2n ** 63n - 1n;

/**
 * `value` and `milliValue` are compared where the input is not negative and the true value fits int64: beyond, the
 * recorded number is a silent overflow.
 */
export const quantityCase: ConformanceCase = {
  check(row) {
    const text = typeof row.in === 'string' ? row.in : '';
    let quantity: Quantity;
    try {
      quantity = Quantity.parse(text);
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      return firstDifference(row.expect, { error: error.message });
    }
    const { canonical, format, value, milliValue } = row.expect;
    const expected: Record<string, unknown> = { canonical, format };
    const actual: Record<string, unknown> = { canonical: quantity.toString(), format: quantity.format };
    if (quantity.sign() >= 0 && quantity.value() <= maxInt64) {
      expected.value = value;
      actual.value = String(quantity.value());
      if (quantity.milliValue() <= maxInt64) {
        expected.milliValue = milliValue;
        actual.milliValue = String(quantity.milliValue());
      }
    }
    return firstDifference(expected, actual);
  },
};
