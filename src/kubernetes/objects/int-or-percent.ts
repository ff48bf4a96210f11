/** Numbers that may be percentages: rollouts and disruption budgets (`pkg/apis/apps/validation`). `null` is absent. */
import type { Faults } from '../faults.js';
import type { Json } from '../types.js';

export function checkIntOrPercent(value: Json, field: string, faults: Faults): void {
  if (value === null) return;
  if (typeof value === 'string') {
    if (/^[0-9]+%$/.test(value)) return;
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    faults.invalid(field, value, detail);
  } else if (typeof value !== 'number' || !Number.isInteger(value)) {
    faults.wrongType(field, value, 'integer');
  } else if (value < 0) {
    faults.invalid(field, value, 'must be greater than or equal to 0');
  }
}

export function checkNotAbove100Percent(value: Json, field: string, faults: Faults): void {
  if (typeof value !== 'string' || !/^[0-9]+%$/.test(value) || Number.parseInt(value, 10) <= 100) return;
  faults.invalid(field, value, 'must not be greater than 100%');
}
