/**
 * Reads request bodies, in place of Fastify's own parsers: strict media types, gzip, limits on the decompressed size.
 * What a route takes is written in its route config (`@Media`).
 */
import { createGunzip, type Gunzip } from 'node:zlib';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Json } from '../../kubernetes/types.js';
import { ServiceError } from '../../service/errors.js';
import type { ImportBody } from '../../service/import.js';
import type { ImportForm } from '../../service/import-protocol.js';
import type { ImportItem } from '../../service/import-reader.js';
import { bulkItems, MAX_YAML_BYTES } from './bulk-items.js';
import { parseJson } from './json.js';
import { bodyForm, type BodyForm } from './media-type.js';
import { RememberedDocuments } from './remembered.js';
import { emptyBody, utf8 } from './text.js';
import { parseYaml } from './yaml.js';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxImportBytes: number;
  readonly maxObjectBytes: number;
}

/** A body that has been read: one JSON value, or the documents of a YAML stream. */
export class DocumentBody {
  constructor(
    readonly documents: readonly Json[],
    /** The text as received and decompressed: what an idempotency fingerprint is made of. */
    readonly text: string,
  ) {}
}

/** A body that is read while it is used, once. */
export class BulkBody implements ImportBody {
  constructor(
    readonly form: ImportForm,
    readonly chunks: () => AsyncGenerator<Buffer>,
    private readonly maxObjectBytes: number,
  ) {}

  items(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ImportItem[]> {
    return bulkItems(this.form, chunks, this.maxObjectBytes);
  }
}

function tooLarge(limit: number): ServiceError {
  return new ServiceError('payload_too_large', `the body is larger than the ${limit} bytes that this route takes`, {
    limit,
  });
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

function bulkBody(request: FastifyRequest, stream: Readable, form: ImportForm, limits: BodyLimits): BulkBody {
  const { maxImportBytes, maxObjectBytes } = limits;
  const limit = form === 'yaml' ? Math.min(MAX_YAML_BYTES, maxImportBytes) : maxImportBytes;
  return new BulkBody(form, () => chunksOf(request, stream, limit), maxObjectBytes);
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
    if (kind === 'bulk') return bulkBody(request, stream, form as ImportForm, limits);
    return readDocument(request, stream, form, limits.maxBodyBytes);
  });
}
