import { describe, expect, it } from 'vitest';
import { cluster, run, scoresOf } from '../../../test/build/small-cluster.js';

describe('NodeResourcesBalancedAllocation (SEMANTICS 6.2): node of 4 cpu and 16Gi', () => {
  it.each([
    ['slightly less even', { cpu: '1', memory: '2Gi' }, { cpu: '500m', memory: '1Gi' }, 73],
    ['more even', { cpu: '2', memory: '2Gi' }, { memory: '6Gi' }, 84],
    ['from empty to all cpu', {}, { cpu: '4' }, 50],
    ['no requests: skipped', { cpu: '1' }, {}, 0],
  ])('%s', (_name, used: Record<string, string>, requests: Record<string, string>, expected) => {
    const result = run(cluster([{ name: 'n' }], [{ node: 'n', requests: used }]), { requests });
    expect(scoresOf(result, 'NodeResourcesBalancedAllocation')).toEqual({ n: expected });
  });
});
