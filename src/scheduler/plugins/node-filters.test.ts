/** The filters that look at the node alone, and host ports. */
import { describe, expect, it } from 'vitest';
import {
  cluster,
  run,
  scoresOf,
  subject,
  verdicts,
  type NodeSketch,
  type PodSketch,
} from '../../../test/build/small-cluster.js';
import { runCycle } from '../cycle.js';

const affinityMismatch = ["!node(s) didn't match Pod's node affinity/selector"];

function terms(...nodeSelectorTerms: object[]): PodSketch {
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms } as never;
  return { spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } } };
}

describe('filters on the node alone (SEMANTICS 5.3)', () => {
  const node: NodeSketch = { name: 'n', labels: { disk: 'ssd', gen: '7' } };
  const cordoned = { ...node, spec: { unschedulable: true } };
  const toleratesCordon = { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] };
  it.each<[string, NodeSketch, PodSketch, string[]]>([
    ['cordoned', cordoned, {}, ['!node(s) were unschedulable']],
    ['cordoned and tolerated', cordoned, { spec: toleratesCordon }, []],
    ['nodeSelector', node, { spec: { nodeSelector: { disk: 'ssd' } } }, []],
    ['nodeSelector, other value', node, { spec: { nodeSelector: { disk: 'hdd' } } }, affinityMismatch],
    ['In', node, terms({ matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd', 'ssd'] }] }), []],
    ['NotIn, label absent', node, terms({ matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['y'] }] }), []],
    ['Gt', node, terms({ matchExpressions: [{ key: 'gen', operator: 'Gt', values: ['6'] }] }), []],
    [
      'Gt, not greater',
      node,
      terms({ matchExpressions: [{ key: 'gen', operator: 'Gt', values: ['7'] }] }),
      affinityMismatch,
    ],
    [
      'Gt of no number',
      node,
      terms({ matchExpressions: [{ key: 'disk', operator: 'Gt', values: ['1'] }] }),
      affinityMismatch,
    ],
    ['an empty term matches nothing', node, terms({}), affinityMismatch],
    ['one of two terms', node, terms({}, { matchExpressions: [{ key: 'disk', operator: 'Exists' }] }), []],
  ])('%s', (_name, sketch, pod, expected) => {
    expect(verdicts(run(cluster([sketch]), pod))).toEqual({ n: expected });
  });

  it('NodeName holds a pod to its node when asked to', () => {
    const model = cluster([{ name: 'a' }, { name: 'b' }]);
    const pinned = subject({ node: 'a' }, undefined, true);
    expect(verdicts(runCycle(model, pinned))).toEqual({ a: [], b: ["!node(s) didn't match the requested node name"] });
    expect(verdicts(runCycle(model, subject({ node: 'a' })))).toEqual({ a: [], b: [] });
  });

  it('NodeDeclaredFeatures asks for what the pod depends on', () => {
    const model = cluster([{ name: 'a', declaredFeatures: ['UserNamespacesHostNetworkSupport'] }, { name: 'b' }]);
    const result = run(model, { spec: { hostNetwork: true, hostUsers: false } });
    expect(verdicts(result)).toEqual({ a: [], b: ["!node(s) didn't match Pod's required features"] });
  });
});

describe('NodeAffinity PreFilter: terms that name nodes', () => {
  const named = (...values: string[][]): PodSketch =>
    terms(
      ...values.map((list) => ({
        matchFields: list.map((name) => ({ key: 'metadata.name', operator: 'In', values: [name] })),
      })),
    );
  const model = cluster([{ name: 'a' }, { name: 'b' }]);

  it('narrows the candidates', () => {
    const result = run(model, named(['a']));
    expect(verdicts(result)).toEqual({ a: [], b: ["!node(s) didn't satisfy plugin(s) [NodeAffinity]"] });
    expect(result.rejection(model.nodeSlot('b'))?.plugin).toBe('');
  });

  it('refuses the pod when the names exclude each other', () => {
    expect(run(model, named(['a', 'b'])).message()).toBe('0/2 nodes are available: pod affinity terms conflict.');
  });
});

describe('NodePorts', () => {
  const ports = (hostPort: number, hostIP = '', protocol = 'TCP'): PodSketch => ({
    spec: {
      containers: [{ name: 'c', image: 'c:1', ports: [{ containerPort: hostPort, hostPort, hostIP, protocol }] }],
    },
  });
  const refused = ["node(s) didn't have free ports for the requested pod ports"];
  it.each([
    ['any address', ports(8080), refused],
    ['the same address', ports(8080, '127.0.0.1'), refused],
    ['another address', ports(8080, '10.0.0.1'), []],
    ['another protocol', ports(8080, '', 'UDP'), []],
    ['another port', ports(8081), []],
  ])('against TCP 8080 on 127.0.0.1: %s', (_name, pod, expected) => {
    const result = run(cluster([{ name: 'n' }], [{ node: 'n', ...ports(8080, '127.0.0.1') }]), pod);
    expect(verdicts(result)).toEqual({ n: expected });
  });
});

describe('scores of the node alone', () => {
  it('NodeAffinity, weight 2: 80, 30, 0 become 100, 37, 0 (SEMANTICS 6.4)', () => {
    const prefer = (key: string, weight: number): object => ({
      weight,
      preference: { matchExpressions: [{ key, operator: 'Exists' }] },
    });
    const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [prefer('x', 50), prefer('y', 30)] } as never;
    const model = cluster([
      { name: 'a', labels: { x: '1', y: '1' } },
      { name: 'b', labels: { y: '1' } },
      { name: 'c' },
    ]);
    const result = run(model, { spec: { affinity: { nodeAffinity: preferred } } });
    expect(scoresOf(result, 'NodeAffinity')).toEqual({ a: 200, b: 74, c: 0 });
  });

  it.each([
    ['one of two nodes', ['a'], { a: 23, b: 0 }],
    ['both nodes', ['a', 'b'], { a: 48, b: 48 }],
  ])('ImageLocality, 500Mi on %s (SEMANTICS 6.5)', (_name, having, expected) => {
    const images = [{ names: ['app:1'], sizeBytes: 500 * 1024 * 1024 }];
    const nodes = ['a', 'b'].map((name) => ({ name, images: having.includes(name) ? images : [] }));
    expect(scoresOf(run(cluster(nodes), {}), 'ImageLocality')).toEqual(expected);
  });
});
