import { describe, expect, it } from 'vitest';
import { Faults } from '../kubernetes/faults.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { defaultProfile, profilesOf, readConfiguration } from './configuration.js';

const header = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' };
const profile = (...profiles: JsonObject[]): JsonObject => ({ ...header, profiles });
const args = (name: string, values: JsonObject): JsonObject => profile({ pluginConfig: [{ name, args: values }] });

describe('profiles', () => {
  it('is the default one without a document', () => {
    expect([...profilesOf(null).values()]).toEqual([defaultProfile]);
    expect(profilesOf(header).get('default-scheduler')).toEqual(defaultProfile);
  });

  it('replaces weights in place; the one at score goes before the one at multiPoint', () => {
    const plugins = {
      multiPoint: {
        enabled: [
          { name: 'NodeAffinity', weight: 7 },
          { name: 'InterPodAffinity', weight: 4 },
        ],
      },
      score: { enabled: [{ name: 'NodeAffinity', weight: 9 }], disabled: [{ name: 'ImageLocality' }] },
    };
    const { scores, filters } = profilesOf(profile({ plugins })).get('default-scheduler')!;
    expect(Object.fromEntries(scores)).toEqual({
      NodeAffinity: 9,
      TaintToleration: 3,
      NodeResourcesFit: 1,
      PodTopologySpread: 2,
      InterPodAffinity: 4,
      NodeResourcesBalancedAllocation: 1,
    });
    expect(filters).toEqual(defaultProfile.filters);
  });

  it('disables all with *, and runs what is enabled in the order given', () => {
    const plugins = { filter: { enabled: [{ name: 'NodePorts' }, { name: 'NodeName' }], disabled: [{ name: '*' }] } };
    const { filters, preFilters } = profilesOf(profile({ plugins })).get('default-scheduler')!;
    expect(filters).toEqual(['NodePorts', 'NodeName']);
    expect(preFilters).toEqual(defaultProfile.preFilters);
  });

  it('lists what it does not honour', () => {
    const document = {
      ...profile({ plugins: { filter: { enabled: [{ name: 'Mine' }] } } }),
      extenders: [{ urlPrefix: 'http://x' }],
    };
    expect(profilesOf(document).get('default-scheduler')!.notEvaluated).toEqual([
      { plugin: 'Extender', reason: 'extender http://x' },
      { plugin: 'Mine', reason: 'unknown plugin' },
    ]);
  });
});

describe('faults have field paths', () => {
  it.each<[string, JsonObject, string[]]>([
    ['another kind', { apiVersion: header.apiVersion, kind: 'Pod' }, ['kind']],
    ['no names', profile({}, {}), ['profiles[0].schedulerName', 'profiles[1].schedulerName']],
    ['the same name', profile({ schedulerName: 'a' }, { schedulerName: 'a' }), ['profiles[1].schedulerName']],
    ['no list', { ...header, profiles: 'x' }, ['profiles']],
    [
      'hard weight',
      args('InterPodAffinity', { hardPodAffinityWeight: 101 }),
      ['profiles[0].pluginConfig[0].args.hardPodAffinityWeight'],
    ],
    [
      'strategy and weight',
      args('NodeResourcesFit', { scoringStrategy: { type: 'Best', resources: [{ name: 'cpu', weight: 101 }] } }),
      [
        'profiles[0].pluginConfig[0].args.scoringStrategy.type',
        'profiles[0].pluginConfig[0].args.scoringStrategy.resources[0].weight',
      ],
    ],
    [
      'constraints with System',
      args('PodTopologySpread', {
        defaultConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
        defaultingType: 'System',
      }),
      ['profiles[0].pluginConfig[0].args.defaultingType'],
    ],
  ])('%s', (_name, document, fields) => {
    const faults = new Faults();
    readConfiguration(document, faults);
    expect(faults.errors.map(({ field }) => field)).toEqual(fields);
  });

  it('never throws', () => {
    const odd: Json[] = [
      null,
      1,
      'x',
      [],
      [null],
      {},
      { plugins: 1, pluginConfig: [{ name: 'NodeAffinity', args: { addedAffinity: 3 } }] },
    ];
    for (const value of odd)
      expect(() => readConfiguration({ ...header, profiles: [value] }, new Faults())).not.toThrow();
    for (const value of odd)
      expect(() => readConfiguration({ ...header, profiles: value }, new Faults())).not.toThrow();
  });
});
