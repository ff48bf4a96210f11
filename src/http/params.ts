/** Parameter decorators: what a controller method receives, read and validated. */
import { hash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Json } from '../kubernetes/types.js';
import { ServiceError } from '../service/errors.js';
import type { Precondition } from '../service/clusters.js';
import { BulkBody, DocumentBody } from './body/body.js';
import { readEnvelope, readQuery, readRequest } from './dto/envelope.js';
import type { DtoClass } from './dto/members.js';

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();

function documentsOf(request: FastifyRequest): readonly Json[] {
  if (request.body instanceof DocumentBody && request.body.documents.length > 0) return request.body.documents;
  throw new ServiceError('invalid_body', 'the body is empty');
}

/** The query string as `Class`. */
export const Options = createParamDecorator((Class: DtoClass, context: ExecutionContext) =>
  readQuery(Class, requestOf(context).query),
);

/** The body as a request object of `Class`; such bodies are never manifests. */
export const Envelope = createParamDecorator((Class: DtoClass, context: ExecutionContext) => {
  const documents = documentsOf(requestOf(context));
  if (documents.length > 1)
    throw new ServiceError('invalid_body', 'the body holds several documents, one is taken here');
  return readEnvelope(Class, documents[0]);
});

/** A question's request: a manifest with options in the query, or a request object. */
export const Question = createParamDecorator((Class: DtoClass, context: ExecutionContext) => {
  const request = requestOf(context);
  return readRequest(Class, documentsOf(request), request.query);
});

/** The same where the member is called `manifests`. */
export const ManyQuestion = createParamDecorator((Class: DtoClass, context: ExecutionContext) => {
  const request = requestOf(context);
  return readRequest(Class, documentsOf(request), request.query, 'manifests');
});

/** All documents of the body, as they are. */
export const Documents = createParamDecorator((_: unknown, context: ExecutionContext) =>
  documentsOf(requestOf(context)),
);

/** An import's or snapshot's body, not yet read. */
export const Bulk = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { body } = requestOf(context);
  if (body instanceof BulkBody) return body;
  throw new ServiceError('invalid_body', 'the body is empty');
});

/**
 * `If-Match` and `If-None-Match` of a write. A list of tags, a weak tag or another form is refused: guessing at a
 * precondition would be worse.
 */
export function readPrecondition(headers: FastifyRequest['headers']): Precondition {
  const match = headers['if-match']?.trim();
  const noneMatch = headers['if-none-match']?.trim();
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new ServiceError('invalid_request', 'If-None-Match of a write must be *');
  }
  const precondition: { ifRevision?: number; ifAbsent?: boolean; ifPresent?: boolean } = {};
  if (noneMatch === '*') precondition.ifAbsent = true;
  if (match === undefined) return precondition;
  if (match === '*') return { ...precondition, ifPresent: true };
  const revision = /^"(\d{1,15})"$/.exec(match)?.[1];
  if (revision === undefined)
    throw new ServiceError('invalid_request', 'If-Match must be one entity tag such as "17", or *');
  return { ...precondition, ifRevision: Number(revision) };
}

export const Conditions = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readPrecondition(requestOf(context).headers),
);

export const AnswerType = createParamDecorator(
  (_: unknown, context: ExecutionContext) => requestOf(context).answerType,
);

export interface IdempotencyHeader {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** `Idempotency-Key`, scoped to method and path (the cluster is in it); the fingerprint is of the query and the body. */
export const Idempotency = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotencyHeader | undefined => {
    const request = requestOf(context);
    const key = request.headers['idempotency-key'];
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || key === '' || key.length > 255) {
      throw new ServiceError('invalid_request', 'Idempotency-Key must have 1 to 255 characters');
    }
    const [path = ''] = request.url.split('?', 1);
    const text = request.body instanceof DocumentBody ? request.body.text : '';
    const fingerprint = hash('sha256', `${request.url}\n${text}`);
    return { scope: `${request.method} ${path}`, key, fingerprint };
  },
);
