import { describe, expect, test } from 'vitest';
import { amount, amountText } from './quantities.js';

describe('amountText', () => {
  const rows: readonly { resource: string; value: number; text: string }[] = [
    { resource: 'cpu', value: 0, text: '0' },
    { resource: 'cpu', value: 350, text: '350m' },
    { resource: 'cpu', value: 1500, text: '1500m' },
    { resource: 'cpu', value: 2000, text: '2' },
    { resource: 'cpu', value: 2_000_000, text: '2k' },
    { resource: 'cpu', value: -500, text: '-500m' },
    { resource: 'memory', value: 1_073_741_824, text: '1Gi' },
    { resource: 'memory', value: 1_610_612_736, text: '1536Mi' },
    { resource: 'memory', value: 1000, text: '1k' },
    { resource: 'memory', value: 1_000_000, text: '1000000' },
    { resource: 'memory', value: -2048, text: '-2Ki' },
    { resource: 'pods', value: 110, text: '110' },
    { resource: 'example.com/gpu', value: 4096, text: '4096' },
    { resource: 'example.com/gpu', value: 4000, text: '4k' },
  ];
  test.each(rows)('$value $resource is $text', ({ resource, value, text }) => {
    expect(amountText(resource, value)).toBe(text);
    expect(amount(resource, value, 'string')).toBe(text);
    expect(amount(resource, value, 'integer')).toBe(value);
  });
});
