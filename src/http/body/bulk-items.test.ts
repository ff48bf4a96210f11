import { describe, expect, it } from 'vitest';
import { realisticPod } from '../../../test/build/realistic-pod.js';
import type { JsonObject } from '../../kubernetes/types.js';
import { readSlices, type ReadSummary } from '../../service/import-reader.js';
import { unpackTexts } from '../../store/packed-texts.js';
import { bulkItems } from './bulk-items.js';

type Pod = Record<'metadata' | 'spec', JsonObject>;

/** Some pod of a workload, as a cluster has it. */
function podOf(index: number): Pod {
  const { metadata, ...rest } = realisticPod() as Pod;
  const token = `kube-api-access-abc${10 + index}`;
  const text = JSON.stringify(rest.spec);
  const spec = JSON.parse(text.replace('"volumes":[', `"volumes":[{"name":"${token}","projected":{}},`)) as JsonObject;
  return {
    ...rest,
    metadata: { ...metadata, name: `pod-${index}`, uid: `u${index}` },
    spec: { ...spec, nodeName: `n-${index}` },
  };
}

const listed = (items: readonly string[]): string =>
  `{"kind":"List","apiVersion":"v1","items":[\n${items.join(',\n')}\n]}`;
const printed = (value: object): string => JSON.stringify(value, null, 4);

interface Read {
  readonly texts: readonly string[];
  readonly objects: string;
  readonly summary: ReadSummary;
}

/** @param size of the chunks that the body comes in */
async function read(form: 'json' | 'ndjson', body: string, size: number, replace = false): Promise<Read> {
  async function* chunks(): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
  }
  const slices = readSlices(bulkItems(form, chunks(), 1 << 20), {
    namespace: 'default',
    fieldValidation: 'Warn',
    onInvalid: 'skip',
    replace,
    kinds: null,
  });
  const texts: string[] = [];
  let objects = '';
  for (;;) {
    const next = await slices.next();
    if (next.done === true) return { texts, objects, summary: next.value };
    texts.push(...unpackTexts(next.value.bodies));
    objects += Buffer.from(next.value.objects).toString();
  }
}

const alike = Array.from({ length: 30 }, (_, index) => podOf(index));
/** In the middle of them, and once more at the end. */
const with_ = (other: object): object[] => [...alike.slice(0, 20), other, ...alike.slice(20), other];
const { metadata: own, ...unnamed } = podOf(40);

describe('pods whose specs are printed alike', () => {
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
    const ndjson = items.map((item) => JSON.stringify(item)).join('\n');
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
