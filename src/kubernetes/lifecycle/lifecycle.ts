/**
 * The lifecycle question (API.md 4.9), which needs no cluster: one manifest in, the start sequence of its pod out; two in,
 * what the change from one to the other restarts.
 */
import { defaultPod } from '../defaulting.js';
import { Faults } from '../faults.js';
import type { ObjectFieldError } from '../field-error.js';
import { isObserved, readManifests, type Manifest } from '../manifests.js';
import { checkObject } from '../objects/check-object.js';
import { workloadPods } from '../pod-templates.js';
import { readPod } from '../read-pod.js';
import type { Json } from '../types.js';
import { validatePod } from '../validation/validate-pod.js';
import { changeEffect, type ChangeEffect } from './change-effect.js';
import { startSequence, type FormatAmounts, type StartSequence } from './start-sequence.js';

export interface LifecycleOptions {
  /** Namespace of manifests that name none; default `default`. */
  readonly namespace?: string;
  /** Default: canonical texts. */
  readonly format?: FormatAmounts;
}

/** An answer, or why there is none: faults of the manifests, or nothing in them that holds a pod. */
export type LifecycleAnswer<T> =
  | { readonly answer: T; readonly warnings: readonly string[] }
  | { readonly errors: readonly ObjectFieldError[] }
  | { readonly nothing: true };

/** The start sequence of every pod or template in a body, in order. */
export function lifecycleOf(
  documents: readonly Json[],
  options: LifecycleOptions = {},
): LifecycleAnswer<StartSequence[]> {
  const read = readPodHolders(documents, options);
  if (read.errors.length > 0) return { errors: read.errors };
  if (read.holders.length === 0) return { nothing: true };
  const errors: ObjectFieldError[] = [];
  const warnings: string[] = [];
  const answer: StartSequence[] = [];
  for (const manifest of read.holders) {
    const workload = workloadPods(manifest)!;
    const faults = new Faults();
    const isPod = manifest.kind === 'Pod';
    if (!isPod) checkObject(manifest.kind, manifest.manifest, faults);
    const place = workload.path === '' ? [] : workload.path.split('.');
    for (const segment of place) faults.enter(segment);
    const pod = defaultPod(
      readPod(isPod ? manifest.manifest : workload.pod(0), faults, { namespace: manifest.namespace }),
    );
    const typed = faults.errors.length === 0;
    if (typed && !isObserved(manifest.manifest)) validatePod(pod, faults);
    const object = `${manifest.kind}/${manifest.namespace}/${workload.name}`;
    errors.push(...faults.errors.map((error) => ({ object, ...error })));
    warnings.push(...faults.warnings);
    answer.push(startSequence(pod, { kind: manifest.kind, name: workload.name, format: options.format }));
  }
  return errors.length > 0 ? { errors } : { answer, warnings };
}

/** What the change from one manifest to another of the same kind restarts. */
export function lifecycleOfChange(from: Json, to: Json, options: LifecycleOptions = {}): LifecycleAnswer<ChangeEffect> {
  const before = readPodHolders([from], options);
  const after = readPodHolders([to], options);
  const errors = [...prefixed(before.errors, 'from'), ...prefixed(after.errors, 'to')];
  const [old] = before.holders;
  const [now] = after.holders;
  if (errors.length > 0) return { errors };
  if (old === undefined || now === undefined) return { nothing: true };
  if (old.kind !== now.kind) {
    const detail = `a change is between two manifests of one kind: from is a ${old.kind}`;
    const message = `to.kind: Invalid value: ${JSON.stringify(now.kind)}: ${detail}`;
    return { errors: [{ type: 'FieldValueInvalid', field: 'to.kind', detail, message }] };
  }
  return { answer: changeEffect(now.kind, old.manifest, now.manifest), warnings: [] };
}

function readPodHolders(
  documents: readonly Json[],
  { namespace }: LifecycleOptions,
): { readonly holders: readonly Manifest[]; readonly errors: readonly ObjectFieldError[] } {
  const reader = readManifests(documents, { defaultNamespace: namespace, nameless: true });
  return {
    holders: reader.manifests.filter((manifest) => workloadPods(manifest) !== undefined),
    errors: reader.faults,
  };
}

function prefixed(errors: readonly ObjectFieldError[], place: string): ObjectFieldError[] {
  return errors.map((error) => ({ ...error, field: `${place}.${error.field}`, message: `${place}.${error.message}` }));
}
