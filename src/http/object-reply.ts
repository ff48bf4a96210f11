/** Stored objects as answers: pure manifests, their revision as entity tag, warnings in `Warning` headers. */
import type { ObjectAnswer } from '../service/objects.js';
import { Reply } from './reply.js';

/** As the API server sends them: `299 - "sentence"`, quotes and backslashes escaped, no control characters. */
function warningHeader(warnings: readonly string[]): Record<string, string> {
  if (warnings.length === 0) return {};
  const printable = (text: string): string =>
    text
      .slice(0, 500)
      .replaceAll(/[^\x20-\x7e]/g, '?')
      .replaceAll(/["\\]/g, '\\$&');
  return {
    Warning: warnings
      .slice(0, 20)
      .map((text) => `299 - "${printable(text)}"`)
      .join(', '),
  };
}

export function objectReply({ manifest, objectRevision, revision }: ObjectAnswer): Reply {
  return new Reply(manifest, { revision, etag: objectRevision });
}

export function writeReply({ manifest, objectRevision, revision, warnings, created }: ObjectAnswer): Reply {
  return new Reply(manifest, {
    status: created ? 201 : 200,
    revision,
    etag: objectRevision,
    headers: warningHeader(warnings),
  });
}
