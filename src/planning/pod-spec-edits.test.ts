import { describe, expect, test } from 'vitest';
import type { JsonObject, LabelSelectorRequirement, Labels, PodSpec } from '../kubernetes/types.js';
import { mergePatch } from './merge-patch.js';
import { addTolerations, dropPodAffinityTerms, lowerContainers, relaxSelector, relaxSpread } from './pod-spec-edits.js';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

test('lowerContainers keeps everything else of the list', () => {
  const spec: JsonObject = {
    containers: [
      { name: 'a', image: 'x', resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2' } } },
      { name: 'b', image: 'y' },
    ],
  };
  expect(
    lowerContainers(spec, [{ list: 'containers', index: 0, resource: 'cpu', to: '500m', limitToo: false }]),
  ).toEqual({
    containers: [
      { name: 'a', image: 'x', resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2' } } },
      { name: 'b', image: 'y' },
    ],
  });
});

test('lowerContainers lowers the limit of what cannot be overcommitted', () => {
  const spec: JsonObject = {
    containers: [{ name: 'a', resources: { requests: { 'x.io/gpu': '4' }, limits: { 'x.io/gpu': '4' } } }],
  };
  const patch = lowerContainers(spec, [
    { list: 'containers', index: 0, resource: 'x.io/gpu', to: '1', limitToo: true },
  ]);
  expect(patch).toEqual({
    containers: [{ name: 'a', resources: { requests: { 'x.io/gpu': '1' }, limits: { 'x.io/gpu': '1' } } }],
  });
});

test('addTolerations keeps the old ones', () => {
  const old = { key: 'a', operator: 'Exists' };
  const taints = [
    { key: 'gpu', value: 'true', effect: 'NoSchedule' },
    { key: 'b', value: '', effect: 'NoExecute' },
  ];
  expect(addTolerations({ tolerations: [old] }, taints)).toEqual({
    tolerations: [
      old,
      { key: 'gpu', operator: 'Equal', value: 'true', effect: 'NoSchedule' },
      { key: 'b', operator: 'Exists', effect: 'NoExecute' },
    ],
  });
});

describe('relaxSelector', () => {
  const requirement = (key: string, operator: string, ...values: string[]): LabelSelectorRequirement => ({
    key,
    operator,
    values,
  });
  const specOf = (nodeSelector: Labels, terms?: LabelSelectorRequirement[][]): [JsonObject, PodSpec] => {
    const required = terms && { nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })) };
    const json = {
      nodeSelector,
      ...(required ? { affinity: { nodeAffinity: { [REQUIRED]: required } } } : {}),
    } as unknown as JsonObject;
    const typed = {
      nodeSelector,
      affinity: terms && {
        nodeAffinity: {
          required: { nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions, matchFields: [] })) },
          preferred: [],
        },
      },
    } as unknown as PodSpec;
    return [json, typed];
  };
  const labels = { zone: 'a', disk: 'hdd' };
  const rows: readonly {
    name: string;
    spec: [JsonObject, PodSpec];
    after: JsonObject;
    dropped: readonly string[];
  }[] = [
    {
      name: 'a nodeSelector entry that differs',
      spec: specOf({ disk: 'ssd', zone: 'a' }),
      after: { nodeSelector: { zone: 'a' } },
      dropped: ['disk=ssd'],
    },
    {
      name: 'one requirement of the nearest term',
      spec: specOf({}, [
        [requirement('zone', 'In', 'b'), requirement('disk', 'In', 'ssd')],
        [requirement('zone', 'In', 'a'), requirement('disk', 'In', 'ssd', 'nvme')],
      ]),
      after: {
        nodeSelector: {},
        affinity: {
          nodeAffinity: {
            [REQUIRED]: {
              nodeSelectorTerms: [
                { matchExpressions: [requirement('zone', 'In', 'b'), requirement('disk', 'In', 'ssd')] },
                { matchExpressions: [requirement('zone', 'In', 'a')] },
              ],
            },
          },
        },
      } as unknown as JsonObject,
      dropped: ['disk In (ssd, nvme)'],
    },
    {
      name: 'a term left empty would match nothing: all of it goes',
      spec: specOf({}, [[requirement('gpu', 'Exists')]]),
      after: { nodeSelector: {}, affinity: { nodeAffinity: {} } },
      dropped: ['gpu Exists'],
    },
  ];
  test.each(rows)('$name', ({ spec: [json, typed], after, dropped }) => {
    const relaxed = relaxSelector(json, typed, 'node-1', labels);
    expect(relaxed.dropped).toEqual(dropped);
    expect(mergePatch(json, relaxed.patch)).toEqual(after);
  });
});

test('relaxSpread raises one constraint and softens another', () => {
  const spec: JsonObject = {
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', minDomains: 3 },
      { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule', minDomains: 2 },
    ],
  };
  const changes = new Map([
    [0, 2],
    [1, undefined],
  ]);
  expect(relaxSpread(spec, changes)).toEqual({
    topologySpreadConstraints: [
      { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', minDomains: 3 },
      { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  });
});

test('dropPodAffinityTerms drops the named terms, and the list when none is left', () => {
  const spec: JsonObject = {
    affinity: { podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'a' }, { topologyKey: 'b' }] } },
  };
  expect(mergePatch(spec, dropPodAffinityTerms(spec, 'podAntiAffinity', [0]))).toEqual({
    affinity: { podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'b' }] } },
  });
  expect(mergePatch(spec, dropPodAffinityTerms(spec, 'podAntiAffinity', [0, 1]))).toEqual({
    affinity: { podAntiAffinity: {} },
  });
});
