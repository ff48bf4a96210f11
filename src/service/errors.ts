/** Why a use case refuses. HTTP gives each code its status (`http/problem.ts`); API.md 1 lists the codes. */
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import type { Json } from '../kubernetes/types.js';

export type ErrorCode =
  | 'invalid_body'
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'already_exists'
  | 'requirement_not_met'
  | 'does_not_fit'
  | 'stale_data'
  | 'request_in_progress'
  | 'reservation_ended'
  | 'revision_expired'
  | 'precondition_failed'
  | 'payload_too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'headers_too_large'
  | 'invalid_manifest'
  | 'nothing_to_evaluate'
  | 'empty_selection'
  | 'suspicious_snapshot'
  | 'idempotency_key_reused'
  | 'rate_limited'
  | 'internal'
  | 'overloaded'
  | 'storage_unavailable'
  | 'shutting_down'
  | 'revision_not_reached'
  | 'outcome_unknown'
  | 'timeout'
  | 'request_timeout'
  | 'storage_full';

/** Members that a problem document carries beside the fixed ones: `errors`, `resource`, `answer`, `warnings` … */
export interface ErrorExtras {
  readonly errors?: readonly ObjectFieldError[];
  readonly resource?: { readonly kind: string; readonly name: string };
  readonly [member: string]: unknown;
}

export class ServiceError extends Error {
  constructor(
    readonly code: ErrorCode,
    detail: string,
    readonly extras: ErrorExtras = {},
  ) {
    super(detail);
    this.name = 'ServiceError';
  }
}

export function notFound(kind: string, name: string): ServiceError {
  return new ServiceError('not_found', `${kind} "${name}" not found`, { resource: { kind, name } });
}

/** One invalid object of a body and its faults. */
export interface InvalidObject {
  readonly object: string;
  readonly errors: readonly ObjectFieldError[];
}

/** 422 with every fault; the detail names the first and counts the rest. */
export function invalidManifest(errors: readonly ObjectFieldError[], extras: Record<string, Json> = {}): ServiceError {
  const [first] = errors;
  const where = first?.object === undefined ? '' : `${first.object}: `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ServiceError('invalid_manifest', `${where}${first?.message ?? 'the manifest is not valid'}${more}`, {
    errors,
    ...extras,
  });
}
