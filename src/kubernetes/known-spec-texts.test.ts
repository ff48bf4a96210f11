import { describe, expect, it } from 'vitest';
import { realisticPod } from '../../test/build/realistic-pod.js';
import { defaultPod } from './defaulting.js';
import { Faults } from './faults.js';
import { KnownSpecTexts } from './known-spec-texts.js';
import { rememberSpec, type KnownSpec } from './known-specs.js';
import { stripManifest } from './manifests.js';
import { readPod } from './read-pod.js';
import type { JsonObject } from './types.js';

let images = 0;

interface Own {
  readonly nodeName?: string;
  readonly token?: string;
}

/** A spec with an image that no test has, bound, with the volume of its token. */
function specOf(
  image: string,
  { nodeName = 'node-1', token = 'kube-api-access-abcde' }: Own,
  more: JsonObject = {},
): JsonObject {
  const { spec } = realisticPod() as Record<'spec', JsonObject>;
  const [container] = spec['containers'] as [JsonObject];
  container['image'] = image;
  container['env'] = [{ name: 'PASSWORD', value: 'secret' }];
  (container['volumeMounts'] as JsonObject[]).push({ name: token, mountPath: '/var/run/token' });
  (spec['volumes'] as JsonObject[]).push({ name: token, projected: { sources: [] } });
  return { nodeName, ...spec, ...more };
}

const printed = (spec: JsonObject): string => JSON.stringify(spec, null, 4);

/** Read for the first time. */
function remembered(spec: JsonObject): KnownSpec | undefined {
  const faults = new Faults({ unknownFields: true });
  const manifest = stripManifest({ kind: 'Pod', metadata: { name: 'a' }, spec });
  const pod = defaultPod(readPod(manifest, faults));
  expect(faults.reports).toBe(0);
  return rememberSpec(manifest['spec'], pod);
}

interface Met {
  readonly texts: KnownSpecTexts;
  readonly image: string;
}

/** Texts that have met one spec. @param spell how it stood in the body */
function met(more: JsonObject = {}, spell = printed): Met {
  const image = `registry.example.com/known-texts:${images++}`;
  const spec = specOf(image, {}, more);
  const texts = new KnownSpecTexts();
  texts.learn(Buffer.from(spell(spec)), remembered(spec)!);
  return { texts, image };
}

describe('a spec whose bytes were met before', () => {
  it.each<[string, Own]>([
    ['the very same', {}],
    ['on another node', { nodeName: 'node-2.example.com' }],
    ['with another token', { token: 'kube-api-access-x9z2k' }],
    ['with texts like those it was tried with', { nodeName: 'a', token: 'kube-api-access-00000' }],
  ])('is found: %s', (_, own) => {
    const { texts, image } = met();
    const spec = specOf(image, own);
    const before = '{"é":1,"spec": ';
    const body = Buffer.from(`${before}${printed(spec)},"status":{}}`);
    const at = Buffer.byteLength(before);
    const found = texts.find(body, at)!;
    expect(body.subarray(at, found.end).toString()).toBe(printed(spec));
    expect(found.known.take(found.own)).toBe(true);
    expect(found.known.text).toBe(JSON.stringify(stripManifest({ kind: 'Pod', spec })['spec']));
    expect(found.known.found.nodeName).toBe(spec['nodeName']);
  });

  it.each<[string, (text: string) => string]>([
    ['another value', (text) => text.replace('"secret"', '"secreT"')],
    ['other white space', (text) => text.replace('"nodeName": ', '"nodeName":  ')],
    ['an end too early', (text) => text.slice(0, -1)],
    ['a node that no node can be called', (text) => text.replace('node-1', 'Node_1')],
    ['an escape in the name of the node', (text) => text.replace('node-1', 'node\\u002d1')],
    ['a token of another name', (text) => text.replaceAll('kube-api-access-abcde', 'kube-api-access-ABCDE')],
    ['a mount of another token', (text) => text.replace('kube-api-access-abcde', 'kube-api-access-fghij')],
    ['no node', (text) => text.replace('"node-1"', '""')],
  ])('is not found with %s', (_, change) => {
    const { texts, image } = met();
    const text = printed(specOf(image, {}));
    expect(change(text)).not.toBe(text);
    expect(texts.find(Buffer.from(text), 0)).toBeDefined();
    expect(texts.find(Buffer.from(change(text)), 0)).toBeUndefined();
  });

  it.each<[string, JsonObject, ((spec: JsonObject) => string)?]>([
    ['the name of the node stands elsewhere too', { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }],
    ['the name of the node is that of a member', { nodeSelector: { 'node-1': 'x' } }],
    [
      'the token is spelled in two ways',
      {},
      (spec) => printed(spec).replace('"kube-api-access-abcde"', '"kube-api-access-abcd\\u0065"'),
    ],
  ])('is not learned when %s', (_, more, spell) => {
    const { texts, image } = met(more, spell);
    expect(texts.find(Buffer.from((spell ?? printed)(specOf(image, {}, more))), 0)).toBeUndefined();
  });

  it('is hardly looked for where hardly any is found', () => {
    const { texts, image } = met();
    const text = Buffer.from(printed(specOf(image, {})));
    for (let i = 0; i < 2000; i++) texts.find(Buffer.from('{"image":"other"}'), 0);
    const found = Array.from({ length: 64 }, () => texts.find(text, 0)).filter((spec) => spec !== undefined);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(64);
  });
});
