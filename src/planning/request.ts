/**
 * What every question takes: member names are those of the HTTP contract (API.md 4). Values arrive with their envelope
 * checked (member names, JSON types, enums); manifests inside are unread JSON.
 */
import { kindNamed } from '../kubernetes/kinds.js';
import type { Json } from '../kubernetes/types.js';
import type { QuantityFormat } from './quantities.js';

/** A stored object; `group` may be left out for the kinds this service knows ('' or 'core' is the core group). */
export interface WorkloadRef {
  readonly group?: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

interface NodeSelection {
  readonly names?: readonly string[];
  readonly labelSelector?: string;
}

export type WhatIfOperation =
  | {
      readonly op: 'addNodes';
      readonly count?: number;
      readonly like?: string;
      readonly node?: Json;
      readonly shape?: string;
    }
  | ({ readonly op: 'removeNodes'; readonly pods?: 'pending' | 'remove' } & NodeSelection)
  | ({ readonly op: 'cordon' | 'uncordon' } & NodeSelection)
  | ({ readonly op: 'patchNodes'; readonly patch: Json } & NodeSelection)
  | { readonly op: 'addPods'; readonly manifest: Json; readonly count?: number; readonly node?: string }
  | {
      readonly op: 'removePods';
      readonly namespace?: string;
      readonly names?: readonly string[];
      readonly labelSelector?: string;
    }
  | { readonly op: 'scaleWorkload'; readonly workload: WorkloadRef; readonly replicas: number }
  | { readonly op: 'patchSubject'; readonly patch: Json }
  | { readonly op: 'import'; readonly manifests: Json };

export interface CommonOptions {
  readonly whatIf?: readonly WhatIfOperation[];
  /** Default `count`. */
  readonly reservations?: 'count' | 'ignore';
  /** Default `ignore`. */
  readonly pending?: 'ignore' | 'first';
  /** Default false. */
  readonly preemption?: boolean;
  /** Default `enforce`. */
  readonly admission?: 'enforce' | 'ignore';
  readonly allowEmpty?: boolean;
  /** Namespace of manifests that name none; default `default`. */
  readonly namespace?: string;
  /** Default `Warn`. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  /** Default `string`. */
  readonly quantities?: QuantityFormat;
}

/** One pod, or what stands for one: a manifest or a stored workload. */
export interface SubjectRequest {
  /** One manifest, a List, or an array of the documents of one body. */
  readonly manifest?: Json;
  readonly workload?: WorkloadRef;
  readonly keepNodeName?: boolean;
}

/** `group/Kind/namespace/name` as in `QuestionContext.manifests`; the core group is `core`. */
export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function objectRef(workload: WorkloadRef): ObjectRef {
  const group = workload.group ?? kindNamed(workload.kind)?.group ?? '';
  return {
    group: group === '' ? 'core' : group,
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
  };
}

export function refText(ref: ObjectRef): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** Every question's request, as far as it names stored manifests. */
export interface NamesStoredObjects {
  readonly workload?: WorkloadRef;
  readonly workloads?: readonly WorkloadRef[];
  readonly whatIf?: readonly WhatIfOperation[];
}

/**
 * The stored manifests that a request needs in `QuestionContext.manifests`, each once. One that is not stored is simply
 * absent there: the question then answers `not_found`.
 */
export function neededManifests(request: NamesStoredObjects): ObjectRef[] {
  const refs = new Map<string, ObjectRef>();
  const need = (workload: WorkloadRef): void => {
    const ref = objectRef(workload);
    refs.set(refText(ref), ref);
  };
  if (request.workload !== undefined) need(request.workload);
  for (const workload of request.workloads ?? []) need(workload);
  for (const operation of request.whatIf ?? []) if (operation.op === 'scaleWorkload') need(operation.workload);
  return [...refs.values()];
}
