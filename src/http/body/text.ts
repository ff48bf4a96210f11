/** Bytes of a body as text. */
import { ServiceError } from '../../service/errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text; invalid UTF-8 is refused rather than replaced, since it would silently change names. */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ServiceError('invalid_body', 'the body is not UTF-8');
  }
}

/** Never an empty list: a broken pipe to curl must not empty a cluster. */
export function emptyBody(): ServiceError {
  return new ServiceError('invalid_body', 'the body is empty');
}
