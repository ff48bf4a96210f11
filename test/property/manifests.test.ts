import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestTexts, mergeStored, readManifests, stripManifest } from '../../src/kubernetes/manifests.js';
import { parseFieldSelector, parseLabelSelector } from '../../src/kubernetes/selectors.js';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';

/** Arbitrary JSON whose members are often those that the readers look for. */
const members = ['kind', 'apiVersion', 'metadata', 'items', 'spec', 'status', 'template', 'containers', 'env', 'name'];
const words = ['Pod', 'List', 'PodList', 'CronJob', 'Node', 'v1', 'batch/v1', 'ADDED', '', '__proto__'];
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Json>(null, true, 0, -1.5, ...words),
    fc.string(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...members), fc.string()), tie('json'), { maxKeys: 6 }),
  ),
}));
const jsonObject = fc.dictionary(
  fc.constantFrom(...members, '__proto__', 'constructor'),
  json,
) as fc.Arbitrary<JsonObject>;

describe('manifests', () => {
  it('are read from any JSON without throwing, each object once: read, skipped or at fault', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 4 }), fc.boolean(), (documents, nameless) => {
        const { manifests, faults } = readManifests(documents, { nameless, watchEvents: true });
        for (const { kind, name, manifest } of manifests) {
          expect(manifest['kind']).toBe(kind);
          expect(name !== '' || nameless).toBe(true);
        }
        for (const { message } of faults)
          expect(message).toMatch(/: (Required value|Invalid value|Forbidden|Too many): /);
      }),
      { numRuns: 2000 },
    );
  });

  it('are stripped, written and merged without throwing; what is stored parses to what was stripped', () => {
    fc.assert(
      fc.property(jsonObject, jsonObject, (manifest, stored) => {
        const stripped = stripManifest(manifest);
        expect(JSON.parse(manifestTexts(stripped).stored)).toEqual(JSON.parse(JSON.stringify(stripped)));
        expect(stripManifest(stripped)).toEqual(stripped);
        mergeStored(manifest, stored);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('selector strings', () => {
  it('give a selector or one sentence, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!,()<> in'), maxLength: 24 }), (text) => {
        for (const parsed of [parseLabelSelector(text), parseFieldSelector(text)]) {
          expect('value' in parsed || parsed.error.length > 0).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
