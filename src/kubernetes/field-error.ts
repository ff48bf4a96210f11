/**
 * One fault of one field, in the words of the API server (`k8s.io/apimachinery/pkg/util/validation/field`).
 * SEMANTICS.md 4.1 gives the shape; `message` is the whole sentence that `kubectl` prints.
 */

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueNotSupported'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError';

export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.initContainers[0].readinessProbe`, `spec.containers[0].resources.requests[cpu]` */
  readonly field: string;
  readonly detail: string;
  /** `<field>: <Type>[: <bad value>]: <detail>` */
  readonly message: string;
}

/** A field error and the object it is about (`Pod/team-a/web-0`, `Node/node-1`). */
export interface ObjectFieldError extends FieldError {
  readonly object?: string;
}
