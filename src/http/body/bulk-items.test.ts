import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realisticPod } from '../../../test/build/realistic-pod.js';
import type { JsonObject } from '../../kubernetes/types.js';
import { readSlices, type ImportItem, type ReadOptions, type ReadSummary } from '../../service/import-reader.js';
import { unpackTexts } from '../../store/packed-texts.js';
import { bulkItems } from './bulk-items.js';

type Pod = Record<'metadata' | 'spec' | 'status', JsonObject>;

const started = '2026-03-02T09:00:00Z';

/** Some pod of a workload, as a cluster has it. */
function podOf(index: number): Pod {
  const { metadata, ...rest } = realisticPod() as Pod;
  const token = `kube-api-access-abc${10 + index}`;
  const text = JSON.stringify(rest.spec);
  const mounted = text
    .replace('"volumes":[', `"volumes":[{"name":"${token}","projected":{}},`)
    .replace('"volumeMounts":[', `"volumeMounts":[{"name":"${token}","mountPath":"/var/run/token"},`);
  const spec = JSON.parse(mounted) as JsonObject;
  const ip = `10.0.0.${index}`;
  return {
    ...rest,
    metadata: {
      ...metadata,
      name: `pod-${index}`,
      uid: `u${index}`,
      resourceVersion: `${1000 + index}`,
      creationTimestamp: `2026-03-02T08:00:${10 + index}Z`,
      annotations: { 'cni.example.com/networks': `[{"ip": "${ip}"}] ü`, 'kubernetes.io/note': 'the same' },
    },
    spec: { ...spec, nodeName: `n-${index}` },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: started }],
      containerStatuses: [
        {
          name: 'checkout',
          containerID: `containerd://${index}`,
          restartCount: 0,
          state: { running: { startedAt: started } },
        },
      ],
      hostIP: '10.0.0.1',
      podIP: ip,
      podIPs: [{ ip }],
      qosClass: 'Burstable',
      startTime: started,
    },
  };
}

const listed = (items: readonly string[]): string =>
  `{"kind":"List","apiVersion":"v1","items":[\n${items.join(',\n')}\n]}`;
const printed = (value: object): string => JSON.stringify(value, null, 4);

async function* chunked(body: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

const options = (replace: boolean): ReadOptions => ({
  namespace: 'default',
  fieldValidation: 'Warn',
  onInvalid: 'skip',
  replace,
  kinds: null,
});

/** Each spelled in a way of its own, so that none is known by another. */
const asLines = (texts: readonly string[]): string => texts.map((text, index) => ' '.repeat(index) + text).join('\n');

interface Read {
  readonly texts: readonly string[];
  readonly objects: string;
  readonly summary: ReadSummary;
}

/** @param size of the chunks that the body comes in */
async function read(form: 'json' | 'ndjson', body: string, size: number, replace = false): Promise<Read> {
  const slices = readSlices(bulkItems(form, chunked(body, size), 1 << 20), options(replace));
  const texts: string[] = [];
  let objects = '';
  for (;;) {
    const next = await slices.next();
    if (next.done === true) return { texts, objects, summary: next.value };
    texts.push(...unpackTexts(next.value.bodies));
    objects += Buffer.from(next.value.objects).toString();
  }
}

/** How many objects of a list are known by others before them. */
async function knownIn(body: string, size: number, form: 'json' | 'ndjson' = 'json'): Promise<number> {
  let known = 0;
  async function* counted(): AsyncGenerator<readonly ImportItem[]> {
    for await (const items of bulkItems(form, chunked(body, size), 1 << 20)) {
      known += items.filter((item) => 'alike' in item).length;
      yield items;
    }
  }
  const slices = readSlices(counted(), options(true));
  while ((await slices.next()).done !== true);
  return known;
}

const alike = Array.from({ length: 30 }, (_, index) => podOf(index));
/** In the middle of them, and once more at the end. */
const with_ = (other: object): object[] => [...alike.slice(0, 20), other, ...alike.slice(20), other];
const { metadata: own, ...unnamed } = podOf(40);
/** The 40th as it is printed, changed by hand. */
const by = (from: string | RegExp, to: string): string => {
  const text = printed(podOf(40));
  expect(text).toMatch(from);
  return text.replaceAll(from, to);
};

describe('pods that are printed alike', () => {
  it('are known after the first', async () => {
    for (const print of [printed, (pod: object) => JSON.stringify(pod)]) {
      // Those of the first chunk are looked for before any is known; one that begins near the end of a chunk is waited for.
      expect(await knownIn(listed(alike.map(print)), 20_000)).toBeGreaterThan(20);
    }
  });

  it('are known in lines', async () => {
    const lines = alike.map((pod) => JSON.stringify(pod));
    for (const end of ['\n', '\r\n']) expect(await knownIn(lines.join(end), 5000, 'ndjson')).toBeGreaterThan(25);
    expect(await knownIn(lines.map((line) => `${line}{}`).join('\n'), 1 << 20, 'ndjson').catch(String)).toMatch(/JSON/);
    expect(await knownIn(asLines(lines), 5000, 'ndjson')).toBe(0);
  });

  it.each<[string, string]>([
    ['another id', by('"u40"', '"6a1c"')],
    ['an annotation spelled with escapes', by('[{\\"ip', '[\\u007b\\"\\u0069p')],
    ['an annotation beyond ASCII', by('ü', '日本 🚢')],
    ['a lone surrogate', by('ü', '\\ud800')],
    ['times that are none', by(started, 'yesterday')],
    ['texts like those that places are found with', by('"u40"', '"@hole@0001"')],
  ])('are known with %s', async (_, text) => {
    const texts = [...alike.map(printed), text];
    const known = await knownIn(listed(alike.map(printed)), 20_000);
    expect(await knownIn(listed(texts), 20_000)).toBe(known + 1);
    await expectAsRead(texts, 20_000);
  });

  it.each<[string, string]>([
    ['a name that is none', by('"pod-40"', '"Pod_40"')],
    ['a node that no node can be called', by('"n-40"', '"N_40"')],
    ['an escape in its name', by('"pod-40"', '"pod\\u002d40"')],
    ['no id', by('"u40"', '""')],
    [
      'two tokens',
      by(/"name": "kube-api-access-abc50",(\s*)"projected"/g, '"name": "kube-api-access-xxxxx",$1"projected"'),
    ],
    ['a token of another name', by('kube-api-access-abc50', 'kube-api-access-ABC50')],
    ['another phase', by('"Running"', '"Failed"')],
    ['other white space', by('"kind": ', '"kind":  ')],
    ['another restart', by('"restartCount": 0', '"restartCount": 7')],
    ['an annotation of Kubernetes', by('the same', 'another')],
    ['an annotation that is long', by('ü', 'x'.repeat(5000))],
    ['an end of text in an annotation', by('ü', 'ü", "a": "b')],
  ])('are read as any others with %s', async (_, text) => {
    const texts = [...alike.map(printed), text];
    const known = await knownIn(listed(alike.map(printed)), 20_000);
    expect(await knownIn(listed(texts), 20_000)).toBe(known);
    for (const size of [20_000, 65_536]) await expectAsRead(texts, size);
  });

  it.each<[string, (pod: Pod, index: number) => Pod]>([
    [
      'the name of the node stands elsewhere too',
      (pod, index) => ({ ...pod, spec: { ...pod.spec, hostname: `n-${index}` } }),
    ],
    ['the name is a label', (pod, index) => ({ ...pod, metadata: { ...pod.metadata, labels: { a: `pod-${index}` } } })],
    [
      'the token is an annotation of Kubernetes',
      (pod, index) => ({
        ...pod,
        metadata: { ...pod.metadata, annotations: { 'a.k8s.io/b': `kube-api-access-abc${10 + index}` } },
      }),
    ],
  ])('are read one by one when %s', async (_, change) => {
    const texts = alike.map((pod, index) => printed(change(pod, index)));
    expect(await knownIn(listed(texts), 20_000)).toBe(0);
    await expectAsRead(texts, 20_000);
  });

  it('are hardly looked for where hardly any is found', async () => {
    const distinct = Array.from({ length: 3000 }, (_, index) =>
      JSON.stringify({ ...podOf(index), spec: { containers: [{ name: 'a', image: `example.com/${index}:1` }] } }),
    );
    const body = listed([...distinct, ...alike.map((pod) => JSON.stringify(pod))]);
    expect(await knownIn(body, 20_000)).toBeLessThan(8);
  });

  it('say the same as if each were the first, whatever they say', async () => {
    const texts = fc.oneof(
      fc.constantFrom('a', 'b', 'n-1', 'kube-api-access-abc10', '@hole@0000', '2026-01-01T00:00:00Z', ''),
      fc.string({ unit: 'binary' }),
    );
    const places = [
      '"pod-40"',
      '"u40"',
      '"1040"',
      '"n-40"',
      `"${started}"`,
      '"10.0.0.40"',
      '"containerd://40"',
      '"Running"',
    ];
    const changes = fc.array(fc.tuple(fc.constantFrom(...places), texts, fc.boolean()), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 6 }), async (pods) => {
        const changed = pods.map((changesOf) => {
          let text = printed(podOf(40));
          for (const [place, other, everywhere] of changesOf) {
            const to = (): string => JSON.stringify(other);
            text = everywhere ? text.replaceAll(place, to) : text.replace(place, to);
          }
          return text;
        });
        await expectAsRead([...alike.slice(0, 3).map(printed), ...changed], 9000);
      }),
      { numRuns: 150 },
    );
  });

  async function expectAsRead(texts: readonly string[], size: number): Promise<void> {
    const compact = texts.map((text) => text.replaceAll(/\n\s*/g, ''));
    const lines = await read('ndjson', asLines(compact), 65_536, true);
    expect(await read('ndjson', compact.join('\n'), size, true)).toEqual(lines);
    const got = await read('json', listed(texts), size, true);
    expect(got).toEqual(lines);
  }

  it.each<[string, readonly object[]]>([
    ['alone', alike],
    ['with one that is proposed', with_({ ...podOf(40), metadata: { name: 'proposed' } })],
    ['with one that is proposed for no node', with_({ ...podOf(40), spec: { ...podOf(40).spec, nodeName: '' } })],
    ['with another kind of that spec', with_({ ...podOf(40), apiVersion: 'apps/v1', kind: 'Deployment' })],
    ['with a kind that is not kept', with_({ ...podOf(40), apiVersion: 'example.com/v1', kind: 'Pod' })],
    ['with one that has no name', with_({ ...podOf(40), metadata: { uid: 'u' } })],
    ['with one whose metadata are no object', with_({ ...podOf(40), metadata: 'u' })],
    ['with one whose metadata come last', with_({ ...unnamed, metadata: own })],
    ['with a member whose name ends so', with_({ 'a"spec': podOf(40).spec, ...podOf(41) })],
    ['with one that has environment values', with_({ ...podOf(40), spec: { ...podOf(40).spec, hostname: 'a' } })],
    ['with a fault', with_({ ...podOf(40), status: { phase: 1 } })],
    ['with a list', with_({ kind: 'List', apiVersion: 'v1', items: [podOf(40)] })],
    [
      'with members of such names elsewhere',
      with_({ ...podOf(40), metadata: { ...own, 'a"spec': {}, spec: { spec: {} } } }),
    ],
    ['all proposed', alike.map(({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, uid: '' } }))],
  ])('are read as any others: %s', async (_, items) => {
    const ndjson = asLines(items.map((item) => JSON.stringify(item)));
    const body = listed(items.map(printed));
    for (const [size, replace] of [
      [7, false],
      [3001, true],
      [65_536, false],
      [65_536, true],
      [body.length, false],
    ] as const) {
      const lines = await read('ndjson', ndjson, 65_536, replace);
      const got = await read('json', body, size, replace);
      expect(got.texts).toEqual(lines.texts);
      expect(got.objects).toEqual(lines.objects);
      expect({ ...got.summary, invalid: got.summary.invalid.length }).toEqual({
        ...lines.summary,
        invalid: lines.summary.invalid.length,
      });
    }
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['a second spec', (text) => text.replace(/\}$/, ',"spec":{"a":1}}'), /^items\[30\] names the member spec twice$/],
    [
      'a member named twice',
      (text) => text.replace(/\}$/, ',"kind":"Pod"}'),
      /^items\[30\] names the member kind twice$/,
    ],
    ['__proto__', (text) => text.replace(/\}$/, ',"__proto__":{}}'), /^a member may not be named "__proto__"$/],
    ['what is not JSON', (text) => text.replace(/\}$/, ',x}'), /^items\[30\] is not JSON: .*x.* JSON/],
    ['a line break in a text of its own', (text) => text.replace('"u40"', '"u\n40"'), /^items\[30\] is not JSON: /],
    ['a number that is too large', (text) => text.replace(/\}$/, ',"a":1e999}'), /Infinity/],
    ['deep nesting', (text) => text.replace(/\}$/, `,"a":${'['.repeat(64)}${']'.repeat(64)}}`), /65 levels|too deep/],
  ])('are refused for %s', async (_, change, sentence) => {
    const last = change(printed(podOf(40)));
    const body = listed([...alike.map(printed), last]);
    const first = listed([...alike.map((_pod, index) => JSON.stringify({ kind: 'A', apiVersion: 'v1', index })), last]);
    const said = async (text: string, size: number): Promise<string> =>
      read('json', text, size).then(
        () => 'nothing',
        (error: unknown) => (error as Error).message,
      );
    // the very sentence, positions included, that a spec never met gets
    const expected = await said(first, 65_536);
    expect(expected).toMatch(sentence);
    for (const size of [3001, 65_536]) expect(await said(body, size)).toBe(expected);
  });
});
