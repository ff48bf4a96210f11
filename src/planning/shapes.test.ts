import { describe, expect, test } from 'vitest';
import { shapeNames, shapeNode } from './shapes.js';

describe('shapeNode', () => {
  // m5.xlarge: 4 cores; 60 + 10 + 5 + 5 = 80m reserved. 16Gi × 0.925 = 15155Mi seen (rounded down);
  // 255 + 11·58 = 893Mi reserved, 100Mi eviction → 14162Mi.
  // e2-standard-4: 15155Mi seen; 25 % of 4096 + 20 % of 4096 + 10 % of 6963 = 1024 + 819.2 + 696.3 = 2539.5Mi → 12515Mi.
  // Standard_D2s_v5: 7577Mi seen; min(2250, 1894.25) reserved → 5582Mi; 2 cores: 70m.
  const rows = [
    { name: 'm5.xlarge', cpu: '3920m', memory: '14162Mi', pods: '58' },
    { name: 'e2-standard-4', cpu: '3920m', memory: '12515Mi', pods: '110' },
    { name: 'Standard_D2s_v5', cpu: '1930m', memory: '5582Mi', pods: '110' },
  ];
  test.each(rows)('$name', ({ name, cpu, memory, pods }) => {
    expect(shapeNode(name)).toMatchObject({
      metadata: { labels: { 'node.kubernetes.io/instance-type': name } },
      status: { allocatable: { cpu, memory, pods } },
    });
  });

  test('a name it does not have', () => {
    expect(shapeNode('toString')).toBeUndefined();
  });

  test('every shape has something left', () => {
    for (const name of shapeNames()) {
      expect(JSON.stringify(shapeNode(name)), name).not.toMatch(/"-|NaN|Infinity/);
    }
  });
});
