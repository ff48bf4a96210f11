import { describe, expect, it } from 'vitest';
import { cluster, run, scoresOf, verdicts } from '../../../test/build/small-cluster.js';

const taint = (key: string, effect: string, value = ''): { key: string; effect: string; value: string } => ({
  key,
  effect,
  value,
});

describe('TaintToleration filter', () => {
  const refused = ['!node(s) had untolerated taint(s)'];
  it.each([
    ['NoSchedule', taint('a', 'NoSchedule'), [], refused],
    ['NoExecute', taint('a', 'NoExecute'), [], refused],
    ['PreferNoSchedule', taint('a', 'PreferNoSchedule'), [], []],
    ['tolerated by key', taint('a', 'NoSchedule', 'x'), [{ key: 'a', operator: 'Exists' }], []],
    ['another value', taint('a', 'NoSchedule', 'x'), [{ key: 'a', operator: 'Equal', value: 'y' }], refused],
    ['another effect', taint('a', 'NoSchedule'), [{ key: 'a', operator: 'Exists', effect: 'NoExecute' }], refused],
    ['everything tolerated', taint('a', 'NoExecute', 'x'), [{ operator: 'Exists' }], []],
  ])('%s', (_name, nodeTaint, tolerations, expected) => {
    const model = cluster([{ name: 'n', spec: { taints: [nodeTaint] } }]);
    expect(verdicts(run(model, { spec: { tolerations } }))).toEqual({ n: expected });
  });
});

describe('TaintToleration score, weight 3 (SEMANTICS 6.3)', () => {
  it('is 100, 67 and 0 for 0, 1 and 3 taints', () => {
    const prefer = (count: number) => ['a', 'b', 'c'].slice(0, count).map((key) => taint(key, 'PreferNoSchedule'));
    const nodes = [0, 1, 3].map((count) => ({ name: `n${count}`, spec: { taints: prefer(count) } }));
    expect(scoresOf(run(cluster(nodes), {}), 'TaintToleration')).toEqual({ n0: 300, n1: 201, n3: 0 });
  });

  it('is 100 on every node without such taints', () => {
    expect(scoresOf(run(cluster([{ name: 'n' }, { name: 'm' }]), {}), 'TaintToleration')).toEqual({ m: 300, n: 300 });
  });
});
