import { describe, expect, it } from 'vitest';
import { manifestTexts, mergeStored, readManifests, stripManifest } from './manifests.js';
import type { ManifestOptions } from './manifests.js';
import type { Json, JsonObject } from './types.js';

const pod = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  ...more,
});
/** `kind namespace/name path` of each object read. */
const read = (documents: Json[], options: ManifestOptions = {}): string[] =>
  readManifests(documents, options).manifests.map(
    ({ group, kind, namespace, name, path, deleted }) =>
      `${group === '' ? '' : `${group}/`}${kind} ${namespace}/${name}${path === '' ? '' : ` ${path}`}${deleted ? ' deleted' : ''}`,
  );
const bare = (name: string): JsonObject => ({ metadata: { name } });

describe('readManifests', () => {
  const rows: [name: string, documents: Json[], options: ManifestOptions, expected: string[]][] = [
    ['one object', [pod('a')], {}, ['Pod default/a']],
    ['namespace of the manifest', [pod('a', { metadata: { name: 'a', namespace: 'x' } })], {}, ['Pod x/a']],
    ['namespace of the request', [pod('a')], { defaultNamespace: 'x' }, ['Pod x/a']],
    ['namespace of the address', [pod('a')], { requiredNamespace: 'x' }, ['Pod x/a']],
    ['cluster-scoped', [{ apiVersion: 'v1', kind: 'Node', ...bare('n') }], { requiredNamespace: 'x' }, ['Node /n']],
    [
      'List',
      [{ apiVersion: 'v1', kind: 'List', items: [pod('a'), pod('b')] }],
      {},
      ['Pod default/a items[0]', 'Pod default/b items[1]'],
    ],
    ['List without items', [{ apiVersion: 'v1', kind: 'List' }], {}, []],
    ['PodList, items: null', [{ apiVersion: 'v1', kind: 'PodList', items: null }], {}, []],
    [
      'PodList gives its items kind and apiVersion',
      [{ apiVersion: 'v1', kind: 'PodList', items: [bare('a')] }],
      {},
      ['Pod default/a items[0]'],
    ],
    [
      'DeploymentList',
      [{ apiVersion: 'apps/v1', kind: 'DeploymentList', items: [bare('a')] }],
      {},
      ['apps/Deployment default/a items[0]'],
    ],
    [
      'List in a List',
      [{ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'PodList', items: [bare('a')] }] }],
      {},
      ['Pod default/a items[0].items[0]'],
    ],
    ['documents, empty ones left out', [pod('a'), null, pod('b')], {}, ['Pod default/a [0]', 'Pod default/b [2]']],
    [
      'any version of the group',
      [{ apiVersion: 'batch/v1beta1', kind: 'CronJob', ...bare('c') }],
      {},
      ['batch/CronJob default/c'],
    ],
    [
      'watch events',
      [
        { type: 'ADDED', object: pod('a') },
        { type: 'DELETED', object: pod('b') },
        { type: 'BOOKMARK', object: { kind: 'Pod' } },
      ],
      { watchEvents: true },
      ['Pod default/a [0].object', 'Pod default/b [1].object deleted'],
    ],
    ['generateName', [pod('', { metadata: { generateName: 'a-' } })], { nameless: true }, ['Pod default/']],
    [
      'status: {} and creationTimestamp: null',
      [pod('a', { metadata: { name: 'a', creationTimestamp: null }, status: {} })],
      {},
      ['Pod default/a'],
    ],
    [
      'a namespace on an observed cluster-scoped object',
      [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'x', uid: '1' } }],
      {},
      ['Node /n'],
    ],
  ];
  it.each(rows)('%s', (_, documents, options, expected) => expect(read(documents, options)).toEqual(expected));

  const faults: [name: string, documents: Json[], options: ManifestOptions, sentences: string[]][] = [
    ['a number', [7], {}, ['<body>: Invalid value: 7: a manifest is an object']],
    ['an array', [[]], {}, ['<body>: Invalid value: an array: a manifest is an object']],
    ['nothing', [null], {}, ['<body>: Invalid value: null: a manifest is an object']],
    [
      'neither kind nor apiVersion',
      [{}],
      {},
      [
        'kind: Required value: every manifest names its kind',
        'apiVersion: Required value: every manifest names its apiVersion',
      ],
    ],
    ['kind is a number', [{ apiVersion: 'v1', kind: 3 }], {}, ['kind: Invalid value: 3: must be a string']],
    [
      'items is an object',
      [{ apiVersion: 'v1', kind: 'List', items: {} }],
      {},
      ['items: Invalid value: an object: the items of a list are an array'],
    ],
    [
      'an item that is no object',
      [{ apiVersion: 'v1', kind: 'PodList', items: ['x'] }],
      {},
      ['items[0]: Invalid value: "x": a manifest is an object'],
    ],
    ['metadata is a string', [pod('a', { metadata: 'a' })], {}, ['metadata: Invalid value: "a": must be an object']],
    [
      'name is a number',
      [pod('a', { metadata: { name: 1 } })],
      {},
      ['metadata.name: Invalid value: 1: must be a string'],
    ],
    ['no name', [pod('a', { metadata: {} })], {}, ['metadata.name: Required value: name is required']],
    [
      'no name, second item',
      [{ apiVersion: 'v1', kind: 'List', items: [pod('a'), { apiVersion: 'v1', kind: 'Pod' }] }],
      {},
      ['items[1].metadata.name: Required value: name is required'],
    ],
    [
      'generateName where a name is needed',
      [pod('', { metadata: { generateName: 'a-' } })],
      {},
      ['metadata.name: Required value: name is required'],
    ],
    [
      'another namespace than the address',
      [pod('a', { metadata: { name: 'a', namespace: 'y' } })],
      { requiredNamespace: 'x' },
      [
        'metadata.namespace: Invalid value: "y": the namespace of the provided object does not match the namespace sent on the request',
      ],
    ],
    [
      'a namespace on a node',
      [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: 'x' } }],
      {},
      ['metadata.namespace: Forbidden: not allowed on this type'],
    ],
    [
      'a watch event without an object',
      [{ type: 'ADDED', object: 1 }],
      { watchEvents: true },
      ['object: Invalid value: 1: a manifest is an object'],
    ],
    [
      'a watch that failed',
      [{ type: 'ERROR', object: { message: 'too old' } }],
      { watchEvents: true },
      ['object: Invalid value: the watch ended with an error: too old'],
    ],
  ];
  it.each(faults)('%s', (_, documents, options, sentences) => {
    expect(readManifests(documents, options).faults.map(({ message }) => message)).toEqual(sentences);
  });

  it('counts what is not kept and says why', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', ...bare('s') };
    const allowList = { apiVersion: 'example.com/v1', kind: 'AllowList', ...bare('s') };
    const old = { apiVersion: 'extensions/v1beta1', kind: 'Deployment', ...bare('d') };
    expect(readManifests([secret, secret, allowList, old]).skipped).toEqual([
      { kind: 'Secret', apiVersion: 'v1', count: 2, reason: 'this kind is not kept: nothing here depends on it' },
      {
        kind: 'AllowList',
        apiVersion: 'example.com/v1',
        count: 1,
        reason: 'this kind is not kept: nothing here depends on it',
      },
      {
        kind: 'Deployment',
        apiVersion: 'extensions/v1beta1',
        count: 1,
        reason: 'Deployment is kept in apps/v1, not in extensions/v1beta1',
      },
    ]);
  });

  it('refuses lists nested without end', () => {
    let list: JsonObject = { apiVersion: 'v1', kind: 'List', items: [] };
    for (let depth = 0; depth < 60; depth++) list = { apiVersion: 'v1', kind: 'List', items: [list] };
    expect(readManifests([list]).faults.map(({ type }) => type)).toEqual(['FieldValueTooMany']);
  });

  it('writes kind, apiVersion and namespace into what did not have them, and changes no argument', () => {
    const item = bare('a');
    const [first] = readManifests([{ apiVersion: 'v1', kind: 'PodList', items: [item] }]).manifests;
    expect(first?.manifest).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' } });
    expect(item).toEqual(bare('a'));
  });
});

describe('stripManifest', () => {
  const secret: Json = [
    { name: 'A', value: 'secret' },
    { name: 'B', valueFrom: { fieldRef: { fieldPath: 'x' } } },
  ];
  const safe: Json = [{ name: 'A' }, { name: 'B', valueFrom: { fieldRef: { fieldPath: 'x' } } }];
  const spec = (env: Json): JsonObject => ({
    containers: [{ name: 'c', env }],
    initContainers: [{ name: 'i', env }],
    ephemeralContainers: [{ name: 'e', env }],
  });
  const rows: [name: string, manifest: JsonObject, expected: JsonObject][] = [
    ['a pod', pod('a', { spec: spec(secret) }), pod('a', { spec: spec(safe) })],
    [
      'a template',
      { kind: 'Deployment', spec: { template: { spec: spec(secret) } } },
      { kind: 'Deployment', spec: { template: { spec: spec(safe) } } },
    ],
    [
      'a template in a template',
      { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: spec(secret) } } } } },
      { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: spec(safe) } } } } },
    ],
    ['managedFields', pod('a', { metadata: { name: 'a', managedFields: [{}] } }), pod('a')],
    [
      'the last-applied annotation, alone',
      pod('a', { metadata: { name: 'a', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } }),
      pod('a'),
    ],
    [
      'the last-applied annotation, among others',
      pod('a', { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', b: 'c' } } }),
      pod('a', { metadata: { annotations: { b: 'c' } } }),
    ],
    ['what answers add', pod('a', { stowage: { effective: {} } }), pod('a')],
  ];
  it.each(rows)('%s', (_, manifest, expected) => {
    const before = JSON.stringify(manifest);
    expect(stripManifest(manifest)).toEqual(expected);
    expect(JSON.stringify(manifest)).toBe(before);
  });

  it('returns what has nothing to lose as it is', () => {
    const manifest = pod('a', { spec: spec(safe) });
    expect(stripManifest(manifest)).toBe(manifest);
  });
});

describe('manifestTexts', () => {
  const node = (resourceVersion: string, heartbeat: string, status = 'True'): JsonObject => ({
    kind: 'Node',
    metadata: { name: 'n', resourceVersion },
    status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime: heartbeat }] },
  });

  it('stores the whole manifest', () => {
    expect(JSON.parse(manifestTexts(node('1', 'x')).stored)).toEqual(node('1', 'x'));
    expect(manifestTexts({}).stored).toBe('{}');
  });

  it('compares without resourceVersion and heartbeats, with everything else', () => {
    const { content } = manifestTexts(node('1', 'x'));
    expect(manifestTexts(node('2', 'y')).content).toBe(content);
    expect(manifestTexts(node('1', 'x', 'False')).content).not.toBe(content);
  });
});

describe('mergeStored', () => {
  const running = { phase: 'Running' };
  const stored = pod('a', { metadata: { name: 'a', uid: '1' }, spec: { nodeName: 'n' }, status: running });
  const rows: [name: string, manifest: JsonObject, expected: JsonObject][] = [
    ['absent status and nodeName', pod('a', { spec: {} }), pod('a', { spec: { nodeName: 'n' }, status: running })],
    ['empty status', pod('a', { spec: {}, status: {} }), pod('a', { spec: { nodeName: 'n' }, status: running })],
    [
      'own status and nodeName',
      pod('a', { spec: { nodeName: 'm' }, status: { phase: 'Failed' } }),
      pod('a', { spec: { nodeName: 'm' }, status: { phase: 'Failed' } }),
    ],
    ['a pod made anew', pod('a', { metadata: { uid: '2' }, spec: {} }), pod('a', { metadata: { uid: '2' }, spec: {} })],
  ];
  it.each(rows)('%s', (_, manifest, expected) => expect(mergeStored(manifest, stored)).toEqual(expected));

  it('keeps no nodeName for other kinds', () => {
    const set = { kind: 'Deployment', spec: {} };
    expect(mergeStored(set, { kind: 'Deployment', spec: { nodeName: 'n' } })).toEqual(set);
  });
});
