/**
 * What a question may refuse. Thrown by the functions of this folder and by nothing else in them; the service lets it
 * pass, HTTP maps `code` to a status (API.md 1).
 */
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import type { Admission } from './common.js';

export type PlanningErrorCode =
  'invalid_request' | 'not_found' | 'invalid_manifest' | 'nothing_to_evaluate' | 'empty_selection';

export interface PlanningErrorExtras {
  /** Faults of manifests or of request members, with their field paths. */
  readonly errors?: readonly ObjectFieldError[];
  /** What `not_found` did not find. */
  readonly resource?: { readonly kind: string; readonly name: string };
  /** What admission would have said of an invalid pod (API.md 4.1). */
  readonly admission?: Admission;
  /** Position of the faulty operation in `whatIf`. */
  readonly whatIfIndex?: number;
}

export class PlanningError extends Error {
  constructor(
    readonly code: PlanningErrorCode,
    message: string,
    readonly extras: PlanningErrorExtras = {},
  ) {
    super(message);
    this.name = 'PlanningError';
  }
}
