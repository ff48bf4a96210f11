/** Streams stored manifests as one `v1` List in JSON or YAML, or as one JSON text a line. */
import type { JsonObject } from '../kubernetes/types.js';
import { printYaml } from './body/yaml.js';

export async function* snapshotText(
  slices: AsyncIterable<readonly JsonObject[]>,
  mediaType: string,
): AsyncGenerator<string> {
  if (mediaType === 'application/x-ndjson') {
    for await (const slice of slices) yield slice.map((manifest) => `${JSON.stringify(manifest)}\n`).join('');
    return;
  }
  if (mediaType === 'application/yaml') {
    yield 'apiVersion: v1\nkind: List\nitems:';
    let empty = true;
    for await (const slice of slices) {
      if (slice.length === 0) continue;
      yield `${empty ? '\n' : ''}${printYaml(slice)}`;
      empty = false;
    }
    if (empty) yield ' []\n';
    return;
  }
  yield '{"apiVersion":"v1","kind":"List","items":[';
  let separator = '';
  for await (const slice of slices) {
    if (slice.length === 0) continue;
    yield separator + slice.map((manifest) => JSON.stringify(manifest)).join(',');
    separator = ',';
  }
  yield ']}';
}
