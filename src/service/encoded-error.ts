/** Errors on their way from a worker thread to whoever asked. */
import { PlanningError } from '../planning/errors.js';
import { StoreError } from '../store/store.js';
import { ServiceError, type ErrorCode, type ErrorExtras } from './errors.js';

export interface EncodedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly extras: ErrorExtras;
  /** Of an error that nobody meant to throw: for the log. */
  readonly stack?: string;
}

export function encodeError(error: unknown): EncodedError {
  if (error instanceof ServiceError) return { code: error.code, message: error.message, extras: error.extras };
  if (error instanceof PlanningError) {
    return { code: error.code, message: error.message, extras: { ...error.extras } };
  }
  if (error instanceof StoreError) return { code: error.code, message: error.message, extras: {} };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal', message: 'The error has been logged.', extras: {}, stack };
}

export function decodeError({ code, message, extras }: EncodedError): ServiceError {
  return new ServiceError(code, message, extras);
}
