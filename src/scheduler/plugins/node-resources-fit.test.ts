import { describe, expect, it } from 'vitest';
import type { Json } from '../../kubernetes/types.js';
import { cluster, run, scoresOf, verdicts } from '../../../test/build/small-cluster.js';
import { defaultProfile } from '../configuration.js';
import type { Profile, ScoringStrategy } from '../profile.js';
import { shapeScore } from './node-resources-fit.js';

const used = { node: 'n', requests: { cpu: '3500m', memory: '6Gi' } };
const node = { name: 'n', allocatable: { cpu: '4', memory: '8Gi', pods: '2', 'example.com/gpu': '1' } };

describe('NodeResourcesFit filter (SEMANTICS 5.4)', () => {
  it.each([
    ['room left', { cpu: '500m', memory: '1Gi' }, []],
    ['short of cpu, which an empty node would have', { cpu: '600m', memory: '1Gi' }, ['Insufficient cpu']],
    ['more cpu than the node has', { cpu: '5', memory: '3Gi' }, ['!Insufficient cpu', '!Insufficient memory']],
    ['no requests', {}, []],
    ['a resource that the node lacks', { 'example.com/other': '1' }, ['!Insufficient example.com/other']],
    ['a resource that is ignored', { attachments: '1' }, []],
    ['an explicit zero', { cpu: '0' }, []],
  ])('%s', (_name, requests: Record<string, string>, expected) => {
    expect(verdicts(run(cluster([node], [used]), { requests }))).toEqual({ n: expected });
  });

  it('counts pods, and says what else is short', () => {
    const model = cluster([node], [used, { node: 'n' }]);
    expect(verdicts(run(model, { requests: { cpu: '1' } }))).toEqual({ n: ['Too many pods', 'Insufficient cpu'] });
  });

  it('admits nothing to a node without pods', () => {
    expect(verdicts(run(cluster([{ name: 'n', allocatable: { pods: '0' } }]), {}))).toEqual({ n: ['Too many pods'] });
  });

  it('gives the shortfall in numbers', () => {
    const result = run(cluster([node], [used]), { requests: { cpu: '600m' } });
    const slot = result.model.nodeSlot('n');
    expect(result.explain(slot)[0]?.details).toEqual([
      { type: 'insufficient', resource: 'cpu', requested: 600n, allocatable: 4000n, used: 3500n, shortfall: 100n },
    ]);
  });

  it('is exact where doubles are not', () => {
    const allocatable = { memory: '9007199254740993', pods: '110' };
    const model = cluster([{ name: 'n', allocatable }], [{ node: 'n', requests: { memory: '9007199254740991' } }]);
    expect(verdicts(run(model, { requests: { memory: '2' } }))).toEqual({ n: [] });
    expect(verdicts(run(model, { requests: { memory: '3' } }))).toEqual({ n: ['Insufficient memory'] });
  });
});

function strategy(scoringStrategy: ScoringStrategy): Profile {
  const { args } = defaultProfile;
  return { ...defaultProfile, args: { ...args, nodeResourcesFit: { ...args.nodeResourcesFit, scoringStrategy } } };
}

const even = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

describe('NodeResourcesFit score (SEMANTICS 6.1): 4 cpu, 16Gi, used 1 and 2Gi, pod 500m and 1Gi', () => {
  it.each([
    ['LeastAllocated: 62, 81', { type: 'LeastAllocated', resources: even, shape: [] }, 71],
    ['MostAllocated: 37, 18', { type: 'MostAllocated', resources: even, shape: [] }, 27],
    [
      'ratio rising: 37, 18, rounded',
      {
        type: 'RequestedToCapacityRatio',
        resources: even,
        shape: [
          { utilization: 0, score: 0 },
          { utilization: 100, score: 10 },
        ],
      },
      28,
    ],
    [
      'ratio falling: 63, 82',
      {
        type: 'RequestedToCapacityRatio',
        resources: even,
        shape: [
          { utilization: 0, score: 10 },
          { utilization: 100, score: 0 },
        ],
      },
      73,
    ],
    [
      'ratio with a bend, cpu three times: 64, 31',
      {
        type: 'RequestedToCapacityRatio',
        resources: [
          { name: 'cpu', weight: 3 },
          { name: 'memory', weight: 1 },
        ],
        shape: [
          { utilization: 0, score: 0 },
          { utilization: 40, score: 7 },
          { utilization: 100, score: 10 },
        ],
      },
      56,
    ],
  ] as [string, ScoringStrategy, number][])('%s', (_name, scoringStrategy, expected) => {
    const model = cluster([{ name: 'n' }], [{ node: 'n', requests: { cpu: '1', memory: '2Gi' } }]);
    const result = run(model, { requests: { cpu: '500m', memory: '1Gi' } }, strategy(scoringStrategy));
    expect(scoresOf(result, 'NodeResourcesFit')).toEqual({ n: expected });
  });

  it('counts a missing request as 100m and 200Mi (SEMANTICS 2.9)', () => {
    const model = cluster([{ name: 'n', allocatable: { cpu: '4', memory: '8Gi' } }]);
    const containers: Json[] = [
      { name: 'a', image: 'a:1', resources: { requests: { cpu: '200m' } } },
      { name: 'b', image: 'b:1', resources: {} },
    ];
    expect(scoresOf(run(model, { spec: { containers } }), 'NodeResourcesFit')).toEqual({ n: 93 });
  });
});

describe('shapeScore', () => {
  const shape = [
    { utilization: 10, score: 2 },
    { utilization: 50, score: 5 },
    { utilization: 90, score: 1 },
  ];
  it.each([
    ['before the first point', 0, 20],
    ['on a point', 50, 50],
    ['rising between points', 30, 35],
    ['falling between points, truncated', 51, 49],
    ['after the last point', 100, 10],
  ])('%s', (_name, utilization, expected) => expect(shapeScore(shape, utilization)).toBe(expected));
});
