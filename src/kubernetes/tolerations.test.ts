import { describe, expect, it } from 'vitest';
import { toleratesTaint, untoleratedTaint } from './tolerations.js';
import type { Taint, Toleration } from './types.js';

const toleration = (fields: Partial<Toleration>): Toleration => ({
  key: '',
  operator: '',
  value: '',
  effect: '',
  ...fields,
});
const taint = (text: string): Taint => {
  const [, key = '', value = '', effect = ''] = /^([^=:]*)(?:=([^:]*))?:(.*)$/.exec(text) ?? [];
  return { key, value, effect };
};

describe('toleratesTaint', () => {
  const rows: [name: string, toleration: Partial<Toleration>, taint: string, gate: boolean, tolerated: boolean][] = [
    ['equal', { key: 'a', value: 'x', effect: 'NoSchedule' }, 'a=x:NoSchedule', false, true],
    ['operator Equal', { key: 'a', operator: 'Equal', value: 'x' }, 'a=x:NoExecute', false, true],
    ['other value', { key: 'a', value: 'y' }, 'a=x:NoSchedule', false, false],
    ['other key', { key: 'b', value: 'x' }, 'a=x:NoSchedule', false, false],
    ['other effect', { key: 'a', value: 'x', effect: 'NoExecute' }, 'a=x:NoSchedule', false, false],
    ['Exists', { key: 'a', operator: 'Exists' }, 'a=x:NoSchedule', false, true],
    ['Exists without key tolerates all', { operator: 'Exists' }, 'a=x:NoSchedule', false, true],
    ['Exists without key, one effect', { operator: 'Exists', effect: 'NoExecute' }, 'a=x:NoSchedule', false, false],
    ['unknown operator', { key: 'a', operator: 'Like', value: 'x' }, 'a=x:NoSchedule', false, false],
    ['Gt is off', { key: 'sla', operator: 'Gt', value: '900' }, 'sla=950:NoSchedule', false, false],
    ['Gt', { key: 'sla', operator: 'Gt', value: '900' }, 'sla=950:NoSchedule', true, true],
    ['Lt', { key: 'sla', operator: 'Lt', value: '900' }, 'sla=950:NoSchedule', true, false],
    ['Gt, no integer', { key: 'sla', operator: 'Gt', value: '900' }, 'sla=950.5:NoSchedule', true, false],
    ['Gt, leading zeros', { key: 'sla', operator: 'Gt', value: '007' }, 'sla=950:NoSchedule', true, false],
    ['Gt, plus sign', { key: 'sla', operator: 'Gt', value: '900' }, 'sla=+950:NoSchedule', true, false],
    ['Lt, minus zero', { key: 'sla', operator: 'Lt', value: '1' }, 'sla=-0:NoSchedule', true, false],
    ['Lt, beyond int64', { key: 'sla', operator: 'Lt', value: '9223372036854775808' }, 'sla=1:NoSchedule', true, false],
  ];
  it.each(rows)('%s', (_, fields, text, comparisonOperators, expected) => {
    expect(toleratesTaint(toleration(fields), taint(text), { comparisonOperators })).toBe(expected);
  });
});

describe('untoleratedTaint', () => {
  it('is the first that keeps the pod away', () => {
    const taints = [taint('soft:PreferNoSchedule'), taint('a:NoSchedule'), taint('b:NoExecute')];
    expect(untoleratedTaint(taints, [toleration({ key: 'a', operator: 'Exists' })])).toEqual(taints[2]);
    expect(untoleratedTaint(taints, [toleration({ operator: 'Exists' })])).toBeUndefined();
  });
});
