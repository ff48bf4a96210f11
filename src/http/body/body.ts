/**
 * Reads request bodies, in place of Fastify's own parsers: strict media types, gzip, limits on the decompressed size.
 * What a route takes is written in its route config (`@Media`).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Json } from '../../kubernetes/types.js';
import { ServiceError } from '../../service/errors.js';
import { ItemSplitter } from './items.js';
import { parseJson } from './json.js';
import { bodyForm, type BodyForm } from './media-type.js';
import { RememberedDocuments } from './remembered.js';
import { parseYaml } from './yaml.js';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxImportBytes: number;
  readonly maxObjectBytes: number;
}

/** YAML is read as a whole and is slow: bulk bodies beyond this have to be JSON. */
const MAX_YAML_BYTES = 16 * 1024 * 1024;

/** A body that has been read: one JSON value, or the documents of a YAML stream. */
export class DocumentBody {
  constructor(
    readonly documents: readonly Json[],
    /** The text as received and decompressed: what an idempotency fingerprint is made of. */
    readonly text: string,
  ) {}
}

/** A body that is read while it is used, once: slices of documents and list items, in order. */
export class BulkBody {
  constructor(readonly slices: () => AsyncGenerator<readonly BulkItem[]>) {}
}

export interface BulkItem {
  readonly value: Json;
  /** apiVersion and kind of the list that it is an item of, where it has none itself. */
  readonly list?: { readonly apiVersion: string; readonly kind: string };
}

function tooLarge(limit: number): ServiceError {
  return new ServiceError('payload_too_large', `the body is larger than the ${limit} bytes that this route takes`, {
    limit,
  });
}

/** Never an empty list: a broken pipe to curl must not empty a cluster. */
function emptyBody(): ServiceError {
  return new ServiceError('invalid_body', 'the body is empty');
}

function decompressed(request: FastifyRequest, stream: Readable): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return stream;
  if (encoding !== 'gzip') {
    throw new ServiceError('unsupported_media_type', `Content-Encoding "${encoding}" is not taken; gzip is`, {
      accepted: ['gzip', 'identity'],
    });
  }
  const gunzip: Gunzip = createGunzip();
  stream.on('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

/** Chunks of the decompressed body, never more than `limit` bytes in all. */
async function* chunksOf(request: FastifyRequest, stream: Readable, limit: number): AsyncGenerator<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit && request.headers['content-encoding'] === undefined) throw tooLarge(limit);
  let length = 0;
  try {
    for await (const chunk of decompressed(request, stream)) {
      const bytes = chunk as Buffer;
      length += bytes.length;
      if (length > limit) throw tooLarge(limit);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError('invalid_body', `the body could not be read: ${reason}`);
  } finally {
    // what nobody reads must not hold the connection's next request back
    stream.resume();
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text; invalid UTF-8 is refused rather than replaced, since it would silently change names. */
function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ServiceError('invalid_body', 'the body is not UTF-8');
  }
}

/** The bytes of a body that came uncompressed; `chunksOf` without the price of an async iterator. */
function collected(request: FastifyRequest, stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (error: ServiceError): void => {
      stream.removeAllListeners('data');
      // what nobody reads must not hold the connection's next request back
      stream.resume();
      reject(error);
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) return stop(tooLarge(limit));
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > limit) stop(tooLarge(limit));
    });
    stream.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const broken = (reason: string): void =>
      stop(new ServiceError('invalid_body', `the body could not be read: ${reason}`));
    stream.once('error', (error) => broken(error.message));
    stream.once('close', () => {
      if (!stream.readableEnded) broken('the connection was closed');
    });
  });
}

async function whole(request: FastifyRequest, stream: Readable, limit: number): Promise<string> {
  if (request.headers['content-encoding'] === undefined) return utf8(await collected(request, stream, limit));
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(request, stream, limit)) chunks.push(chunk);
  return utf8(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
}

const remembered = new RememberedDocuments();

async function readDocument(
  request: FastifyRequest,
  stream: Readable,
  form: BodyForm,
  limit: number,
): Promise<DocumentBody> {
  const text = await whole(request, stream, limit);
  let documents = form === 'yaml' ? undefined : remembered.get(text);
  if (documents === undefined) {
    if (text.trim() === '') throw emptyBody();
    documents = form === 'yaml' ? parseYaml(text) : [parseJson(text)];
    if (form !== 'yaml') remembered.add(text, documents);
  }
  return new DocumentBody(documents, text);
}

/** Long enough to amortise the turn of the event loop, short enough for a fit asked meanwhile. */
const SLICE_MS = 4;

async function* bulkSlices(
  request: FastifyRequest,
  stream: Readable,
  form: BodyForm,
  limits: BodyLimits,
): AsyncGenerator<readonly BulkItem[]> {
  if (form === 'yaml') {
    const text = await whole(request, stream, Math.min(MAX_YAML_BYTES, limits.maxImportBytes));
    const documents = parseYaml(text);
    if (documents.length === 0) throw emptyBody();
    yield documents.map((value) => ({ value }));
    return;
  }
  const texts: string[] = [];
  const splitter =
    form === 'json'
      ? new ItemSplitter((text) => texts.push(text), limits.maxObjectBytes)
      : new LineSplitter((text) => texts.push(text), limits.maxObjectBytes);
  // items of a typed list take their kind from it, and it may only be named behind them
  const waiting: Json[] = [];
  let count = 0;
  const parse = (): BulkItem[] => {
    const items: BulkItem[] = [];
    const until = performance.now() + SLICE_MS;
    let taken = 0;
    while (taken < texts.length && performance.now() < until) {
      const value = parseJson(texts[taken++]!, form === 'json' ? `items[${count}]` : `line ${count + 1}`);
      count += 1;
      if (form === 'json' && lacksKind(value)) waiting.push(value);
      else items.push({ value });
    }
    texts.splice(0, taken);
    return items;
  };
  for await (const chunk of chunksOf(request, stream, limits.maxImportBytes)) {
    splitter.push(chunk);
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
class LineSplitter {
  private rest: Buffer[] = [];
  private restLength = 0;

  constructor(
    private readonly onLine: (text: string) => void,
    private readonly maxObjectBytes: number,
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
    const line = Buffer.concat(this.rest).toString('utf8');
    this.rest = [];
    this.restLength = 0;
    if (line.trim() !== '') this.onLine(line);
  }
}

/** Puts the readers above in place of Fastify's own. */
export function registerBodies(fastify: FastifyInstance, limits: BodyLimits): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', async (request: FastifyRequest, stream: Readable): Promise<unknown> => {
    const kind = request.routeOptions.config.takes;
    if (request.is404 || kind === undefined) {
      stream.resume();
      return undefined;
    }
    let form: BodyForm;
    try {
      form = bodyForm(request.headers['content-type'], kind);
    } catch (error) {
      stream.resume();
      throw error;
    }
    if (kind === 'bulk') return new BulkBody(() => bulkSlices(request, stream, form, limits));
    return readDocument(request, stream, form, limits.maxBodyBytes);
  });
}
