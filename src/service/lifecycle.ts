/** `POST /v1/lifecycle` (API.md 4.9): how a pod starts, or what a change restarts. Needs no cluster. */
import { lifecycleOf, lifecycleOfChange, type LifecycleAnswer } from '../kubernetes/lifecycle/lifecycle.js';
import type { ChangeEffect } from '../kubernetes/lifecycle/change-effect.js';
import type { StartSequence } from '../kubernetes/lifecycle/start-sequence.js';
import type { Json, ResourceList } from '../kubernetes/types.js';
import { quantities } from '../planning/quantities.js';
import { nothingToEvaluate } from '../planning/subject.js';
import { invalidManifest, ServiceError } from './errors.js';

export interface LifecycleRequest {
  /** One manifest, or the documents of one body. */
  readonly manifest?: unknown;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly namespace?: string;
  readonly quantities?: 'string' | 'integer';
}

export type LifecycleView =
  | { readonly items: readonly StartSequence[]; readonly warnings: readonly string[] }
  | { readonly change: ChangeEffect; readonly warnings: readonly string[] };

function answered<T>(result: LifecycleAnswer<T>): { readonly answer: T; readonly warnings: readonly string[] } {
  if ('errors' in result) throw invalidManifest(result.errors);
  if ('nothing' in result) throw nothingToEvaluate();
  return result;
}

export function lifecycle(request: LifecycleRequest): LifecycleView {
  const { manifest, from, to, namespace, quantities: format = 'string' } = request;
  const options = { namespace, format: (list: ResourceList) => quantities(list, format) };
  const single = manifest !== undefined && from === undefined && to === undefined;
  const both = manifest === undefined && from !== undefined && to !== undefined;
  if (single) {
    const { answer, warnings } = answered(lifecycleOf([manifest].flat() as Json[], options));
    return { items: answer, warnings };
  }
  if (!both) throw new ServiceError('invalid_request', 'send one manifest, or both "from" and "to"');
  const { answer, warnings } = answered(lifecycleOfChange(from as Json, to as Json, options));
  return { change: answer, warnings };
}
