/**
 * What comes beside the pods in a body and decides about them: a PriorityClass, a quota, the Service that default spreading
 * reads. A client that applies the body creates these too, so they are there before the pods are judged; one that is
 * stored is replaced in the question's copy. Nodes and volumes are no companions: `whatIf` adds nodes.
 */
import { Faults } from '../kubernetes/faults.js';
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import { readManifests, stripManifest } from '../kubernetes/manifests.js';
import { checkObject } from '../kubernetes/objects/check-object.js';
import type { Json } from '../kubernetes/types.js';
import type { ModelChange } from '../scheduler/model-change.js';
import type { CommonOptions } from './request.js';

const COMPANIONS: ReadonlySet<string> = new Set([
  'Namespace',
  'Service',
  'LimitRange',
  'ResourceQuota',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'PriorityClass',
  'RuntimeClass',
]);

export function isCompanion(kind: string): boolean {
  return COMPANIONS.has(kind);
}

export interface Companions {
  readonly changes: readonly ModelChange[];
  readonly errors: readonly ObjectFieldError[];
}

const NONE: Companions = { changes: [], errors: [] };

/** The companions of a body; only a body that can hold several objects has any. */
export function companionsIn(value: Json | undefined, { namespace }: Pick<CommonOptions, 'namespace'>): Companions {
  if (value === undefined || (!Array.isArray(value) && !isList(value))) return NONE;
  const { manifests } = readManifests(Array.isArray(value) ? value : [value], {
    ...(namespace === undefined ? {} : { defaultNamespace: namespace }),
    nameless: true,
  });
  const changes: ModelChange[] = [];
  const errors: ObjectFieldError[] = [];
  for (const { group, kind, namespace: space, name, manifest } of manifests) {
    if (!isCompanion(kind)) continue;
    const faults = new Faults();
    checkObject(kind, manifest, faults);
    const object = [kind, space, name].filter((part) => part !== '').join('/');
    errors.push(...faults.errors.map((error) => ({ object, ...error })));
    changes.push({ type: 'object', group, kind, namespace: space, name, object: stripManifest(manifest) });
  }
  return { changes, errors };
}

function isList(value: Json): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { kind } = value;
  return typeof kind === 'string' && kind.endsWith('List');
}
