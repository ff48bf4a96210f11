/** Errors as `application/problem+json` (RFC 9457): the one table of codes, and the one shape (API.md 1). */
import { ServiceError, type ErrorCode } from '../service/errors.js';
import { PlanningError } from '../planning/errors.js';
import { StoreError } from '../store/store.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

interface CodeRow {
  readonly status: number;
  readonly title: string;
  /** Sending the same request again later may succeed. */
  readonly retryable: boolean;
  /** Seconds for `Retry-After`; every 429 and 503 has one. */
  readonly retryAfter?: number;
}

const row = (status: number, title: string, retryAfter?: number): CodeRow =>
  retryAfter === undefined ? { status, title, retryable: false } : { status, title, retryable: true, retryAfter };

export const problemCodes: Readonly<Record<ErrorCode, CodeRow>> = {
  invalid_body: row(400, 'The body cannot be read'),
  invalid_request: row(400, 'The request is not valid'),
  unauthorized: row(401, 'A valid key is needed'),
  forbidden: row(403, 'The key does not allow this'),
  not_found: row(404, 'Not found'),
  method_not_allowed: row(405, 'The method is not allowed here'),
  not_acceptable: row(406, 'None of the accepted media types can be given'),
  request_timeout: row(408, 'The request took too long to arrive'),
  already_exists: row(409, 'It exists already'),
  requirement_not_met: row(409, 'The answer is not the required one'),
  does_not_fit: row(409, 'It does not fit'),
  stale_data: row(409, 'The data is older than allowed'),
  request_in_progress: { status: 409, title: 'The first request with this key is still running', retryable: true },
  reservation_ended: row(409, 'The reservation has ended'),
  revision_expired: row(410, 'The change log no longer reaches back so far'),
  precondition_failed: row(412, 'The precondition does not hold'),
  payload_too_large: row(413, 'The body is too large'),
  uri_too_long: row(414, 'The address is too long'),
  unsupported_media_type: row(415, 'The media type is not supported'),
  invalid_manifest: row(422, 'The manifest is not valid'),
  nothing_to_evaluate: row(422, 'There is nothing to evaluate'),
  empty_selection: row(422, 'The selection is empty'),
  suspicious_snapshot: row(422, 'The snapshot would remove most of the cluster'),
  idempotency_key_reused: row(422, 'The idempotency key was used for another request'),
  rate_limited: row(429, 'Too many requests', 1),
  headers_too_large: row(431, 'The request headers are too large'),
  internal: row(500, 'Something went wrong here'),
  overloaded: row(503, 'The service has too much to do', 1),
  storage_unavailable: row(503, 'The database does not answer', 2),
  shutting_down: row(503, 'The service is stopping', 1),
  revision_not_reached: row(503, 'The revision has not been reached', 1),
  outcome_unknown: row(503, 'Whether the change was stored is unknown', 1),
  timeout: row(503, 'The question took too long', 1),
  storage_full: row(507, 'The storage is full'),
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly [member: string]: unknown;
}

/** A problem document; `instance` names the request, so that its log line is found. */
export function problem(code: ErrorCode, detail: string, requestId: string, extras: object = {}): Problem {
  const { status, title, retryable } = problemCodes[code];
  return {
    type: `urn:stowage:problem:${code}`,
    title,
    status,
    detail,
    instance: `urn:stowage:request:${requestId}`,
    code,
    retryable,
    ...extras,
  };
}

/** Fastify's own errors, by its error codes, and Node's for raw sockets. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_body',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_body',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'overloaded',
};

const textOf = (error: object, member: string): string | undefined => {
  const value: unknown = Reflect.get(error, member);
  return typeof value === 'string' ? value : undefined;
};

/** What a thrown value means to a client. A value that nobody meant to throw is `internal`, without its message. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof ServiceError) return problem(error.code, error.message, requestId, error.extras);
  if (error instanceof PlanningError) return problem(error.code, error.message, requestId, error.extras);
  if (error instanceof StoreError) return problem(error.code, error.message, requestId);
  if (typeof error === 'object' && error !== null) {
    const framework = frameworkCodes[textOf(error, 'code') ?? ''];
    if (framework) return problem(framework, textOf(error, 'message') ?? '', requestId);
    const status: unknown = Reflect.get(error, 'statusCode') ?? Reflect.get(error, 'status');
    const code = typeof status === 'number' ? statusCodes[status] : undefined;
    if (code) return problem(code, textOf(error, 'message') ?? '', requestId);
  }
  return problem('internal', 'The error has been logged under the request id in "instance".', requestId);
}
