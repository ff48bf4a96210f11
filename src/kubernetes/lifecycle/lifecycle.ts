/**
 * The lifecycle question (API.md 4.9), which needs no cluster: one manifest in, the start sequence of its pod out; two in,
 * what the change from one to the other restarts.
 */
import { defaultPod } from '../defaulting.js';
import { Faults } from '../faults.js';
import type { FieldError, ObjectFieldError } from '../field-error.js';
import { isObserved, readManifests, type Manifest } from '../manifests.js';
import { checkObject } from '../objects/check-object.js';
import { workloadPods } from '../pod-templates.js';
import { warnOfPod } from '../pod-warnings.js';
import { isJsonObject } from '../read-common.js';
import { readPod } from '../read-pod.js';
import type { Json, Pod } from '../types.js';
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
    const { pod, unreadable, refused, warnings: words } = judge(manifest);
    errors.push(...unreadable, ...refused);
    warnings.push(...words);
    const { name } = workloadPods(manifest)!;
    answer.push(startSequence(pod, { kind: manifest.kind, name, format: options.format }));
  }
  return errors.length > 0 ? { errors } : { answer, warnings };
}

/**
 * What the change from one manifest to another of the same object restarts. A value of a wrong type is a fault of the
 * manifest; what else the API server would refuse in `to`, whatever it replaces, is a warning.
 */
export function lifecycleOfChange(from: Json, to: Json, options: LifecycleOptions = {}): LifecycleAnswer<ChangeEffect> {
  const before = readPodHolders([from], options);
  const after = readPodHolders([to], options);
  const [old] = before.holders;
  const [now] = after.holders;
  const errors = [
    ...prefixed([...before.errors, ...extraHolders(before.holders)], 'from'),
    ...prefixed([...after.errors, ...extraHolders(after.holders)], 'to'),
  ];
  if (errors.length > 0) return { errors };
  if (old === undefined || now === undefined) return { nothing: true };
  const otherwise = differentObjects(old, now);
  if (otherwise !== undefined) return { errors: [otherwise] };
  const judged = judge(withoutEphemeral(now));
  const unreadable = [...prefixed(judge(old).unreadable, 'from'), ...prefixed(judged.unreadable, 'to')];
  if (unreadable.length > 0) return { errors: unreadable };
  const refused = judged.refused.map(({ message }) => `to is not valid by itself: ${message}`);
  return { answer: changeEffect(now.kind, old.manifest, now.manifest), warnings: [...refused, ...judged.warnings] };
}

interface JudgedManifest {
  /** Defaulted. */
  readonly pod: Pod;
  /** What cannot be read: values of another type than the field's, texts that are no quantity. */
  readonly unreadable: readonly ObjectFieldError[];
  /** What else the API server would refuse in it. */
  readonly refused: readonly ObjectFieldError[];
  readonly warnings: readonly string[];
}

/** The pod of a manifest, and what is wrong with both. What a real cluster has admitted is read, not judged. */
function judge(manifest: Manifest): JudgedManifest {
  const { kind, namespace } = manifest;
  const workload = workloadPods(manifest)!;
  const place = workload.path === '' ? [] : workload.path.split('.');
  const reading = new Faults();
  for (const segment of place) reading.enter(segment);
  const pod = defaultPod(readPod(kind === 'Pod' ? manifest.manifest : workload.pod(0), reading, { namespace }));
  const judging = new Faults();
  if (kind !== 'Pod') checkObject(kind, manifest.manifest, judging);
  for (const segment of place) judging.enter(segment);
  const observed = isObserved(manifest.manifest);
  if (reading.errors.length === 0) {
    validatePod(pod, judging);
    if (!observed) warnOfPod(pod, judging);
  }
  const isReading = new Set(reading.errors.map(({ message }) => message));
  const [wrongTypes, others] = [
    judging.errors.filter(({ type, message }) => type === 'FieldValueTypeInvalid' && !isReading.has(message)),
    judging.errors.filter(({ type, message }) => type !== 'FieldValueTypeInvalid' && !isReading.has(message)),
  ];
  const ofObject = (error: FieldError): ObjectFieldError => ({
    object: `${kind}/${namespace}/${workload.name}`,
    ...error,
  });
  return {
    pod,
    unreadable: [...reading.errors, ...wrongTypes].map(ofObject),
    refused: observed ? [] : others.map(ofObject),
    warnings: [...new Set([...reading.warnings, ...judging.warnings])],
  };
}

/** An ephemeral container may be in a pod that exists, not in one that is created. */
function withoutEphemeral(manifest: Manifest): Manifest {
  const { spec } = manifest.manifest;
  if (manifest.kind !== 'Pod' || !isJsonObject(spec)) return manifest;
  const { ephemeralContainers: _, ...rest } = spec;
  return { ...manifest, manifest: { ...manifest.manifest, spec: rest } };
}

/** A change has one manifest on each side. */
function extraHolders(holders: readonly Manifest[]): ObjectFieldError[] {
  return holders.slice(1).map(({ kind, namespace, name, path }) => {
    const detail = 'a change is between two manifests: this one is more';
    const object = `${kind}/${namespace}/${name}`;
    return { object, type: 'FieldValueForbidden', field: path, detail, message: `${path}: Forbidden: ${detail}` };
  });
}

/** An update keeps kind, namespace and name: another name is another object. Manifests without a name are one's draft. */
function differentObjects(old: Manifest, now: Manifest): ObjectFieldError | undefined {
  const fault = (field: string, before: string, value: string): ObjectFieldError => {
    const detail = `a change is between two manifests of one object: in from it is ${JSON.stringify(before)}`;
    const message = `${field}: Invalid value: ${JSON.stringify(value)}: ${detail}`;
    return { type: 'FieldValueInvalid', field, detail, message };
  };
  if (old.kind !== now.kind) return fault('to.kind', old.kind, now.kind);
  if (old.name === '' || now.name === '') return undefined;
  if (old.namespace !== now.namespace) return fault('to.metadata.namespace', old.namespace, now.namespace);
  return old.name === now.name ? undefined : fault('to.metadata.name', old.name, now.name);
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
  return errors.map((error) => {
    if (error.field === '') return { ...error, field: place, message: error.message.replace('<body>', place) };
    // the path of a list item begins with its bracket
    const dot = error.field.startsWith('[') ? '' : '.';
    return { ...error, field: `${place}${dot}${error.field}`, message: `${place}${dot}${error.message}` };
  });
}
