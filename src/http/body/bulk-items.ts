/** Bulk bodies, parsed while they arrive: lists item by item, newline-delimited JSON line by line, YAML as a whole. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KnownPodTexts, type FoundPod } from '../../kubernetes/known-pod-texts.js';
import { isObject } from '../../kubernetes/manifests.js';
import type { Json } from '../../kubernetes/types.js';
import { ServiceError } from '../../service/errors.js';
import type { ImportForm } from '../../service/import-protocol.js';
import type { AlikePod, AlikePods, ImportItem } from '../../service/import-reader.js';
import { ItemSplitter, type SplitItem } from './items.js';
import { parseJson } from './json.js';
import { emptyBody, utf8 } from './text.js';
import { parseYaml } from './yaml.js';

/** Long enough to amortise the turn of the event loop, short enough for a fit asked meanwhile. */
const SLICE_MS = 4;

/** YAML is read as a whole and is slow: bulk bodies beyond this have to be JSON. */
export const MAX_YAML_BYTES = 16 * 1024 * 1024;

/**
 * The documents and list items of a bulk body, in order.
 *
 * @param maxObjectBytes of one item
 * @throws ServiceError `invalid_body`, `payload_too_large`, and what the chunks throw
 */
export async function* bulkItems(
  form: ImportForm,
  chunks: AsyncIterable<Uint8Array>,
  maxObjectBytes: number,
): AsyncGenerator<readonly ImportItem[]> {
  if (form === 'yaml') {
    const bytes: Uint8Array[] = [];
    for await (const chunk of chunks) bytes.push(chunk);
    const documents = parseYaml(utf8(Buffer.concat(bytes)));
    if (documents.length === 0) throw emptyBody();
    yield documents.map((value) => ({ value }));
    return;
  }
  const texts: ((Partial<SplitItem> & { readonly text: string }) | AlikePod)[] = [];
  const known: AlikePods = new KnownPodTexts();
  const Splitter = form === 'json' ? ItemSplitter : LineSplitter;
  const splitter = new Splitter(
    (item) => texts.push(item),
    maxObjectBytes,
    known,
    (alike) => texts.push({ alike }),
  );
  // items of a typed list take their kind from it, and it may only be named behind them
  const waiting: Json[] = [];
  let count = 0;
  const parse = (): ImportItem[] => {
    const items: ImportItem[] = [];
    const until = performance.now() + SLICE_MS;
    let taken = 0;
    while (taken < texts.length && performance.now() < until) {
      const item = texts[taken++]!;
      const where = form === 'json' ? `items[${count}]` : `line ${count + 1}`;
      count += 1;
      if ('alike' in item) {
        items.push(item);
        continue;
      }
      const { bytes } = item;
      const value = parseJson(item.text, where, item.shape);
      if (form === 'json' && lacksKind(value)) waiting.push(value);
      else if (bytes === undefined || !isObject(value) || value['kind'] !== 'Pod') items.push({ value });
      else items.push({ value, learn: (lesson) => known.learn({ ...lesson, bytes, pod: value }) });
    }
    texts.splice(0, taken);
    return items;
  };
  for await (const chunk of chunks) {
    splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    while (texts.length > 0) {
      yield parse();
      await nextTurn();
    }
  }
  const rest = splitter.end();
  while (texts.length > 0) yield parse();
  if (form !== 'json') {
    if (count === 0) throw emptyBody();
    return;
  }
  if (rest.trim() === '') throw emptyBody();
  const top = parseJson(rest);
  if (count === 0) {
    yield [{ value: top }];
    return;
  }
  const list = { apiVersion: textMember(top, 'apiVersion'), kind: textMember(top, 'kind') };
  if (!list.kind.endsWith('List')) {
    throw new ServiceError('invalid_body', `the body has "items", but its kind "${list.kind}" is no list`);
  }
  yield waiting.map((value) => ({ value, list }));
}

function lacksKind(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, 'kind');
}

function textMember(value: Json, name: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return '';
  const member = value[name];
  return typeof member === 'string' ? member : '';
}

/** Newline-delimited JSON, one document a line, empty lines skipped. */
class LineSplitter<T> {
  private rest: Buffer[] = [];
  private restLength = 0;

  /** As that of `ItemSplitter`. */
  constructor(
    private readonly onLine: (line: Pick<SplitItem, 'text' | 'bytes'>) => void,
    private readonly maxObjectBytes: number,
    private readonly known: KnownPodTexts<T>,
    private readonly onKnown: (pod: FoundPod<T>) => void,
  ) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.keep(chunk.subarray(start, end));
      this.flush();
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
  }

  end(): string {
    this.flush();
    return '';
  }

  private keep(bytes: Buffer): void {
    this.rest.push(bytes);
    this.restLength += bytes.length;
    if (this.restLength > this.maxObjectBytes) {
      throw new ServiceError('payload_too_large', `one object is larger than ${this.maxObjectBytes} bytes`);
    }
  }

  private flush(): void {
    const bytes = this.rest.length === 1 ? this.rest[0]! : Buffer.concat(this.rest);
    this.rest = [];
    this.restLength = 0;
    const found = this.known.find(bytes, 0);
    if (found?.end === bytes.length) {
      this.onKnown(found);
      return;
    }
    const text = bytes.toString('utf8');
    if (text.trim() !== '') this.onLine({ text, bytes });
  }
}
