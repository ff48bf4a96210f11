/**
 * What a question is about: a manifest, or a stored workload, as the pods that it stands for, read, defaulted, admitted and
 * validated as the API server would on create. Pods that a real cluster has admitted (a uid) are taken as they are.
 */
import { defaultPod } from '../kubernetes/defaulting.js';
import { Faults } from '../kubernetes/faults.js';
import type { FieldError, ObjectFieldError } from '../kubernetes/field-error.js';
import { checkObject } from '../kubernetes/objects/check-object.js';
import { apiVersionOf, kindNamed } from '../kubernetes/kinds.js';
import { isObject, isObserved, readManifests } from '../kubernetes/manifests.js';
import type { Manifest } from '../kubernetes/manifests.js';
import { expandMatchLabelKeys, workloadPods } from '../kubernetes/pod-templates.js';
import type { WorkloadPods } from '../kubernetes/pod-templates.js';
import { readPod } from '../kubernetes/read-pod.js';
import type { Json, JsonObject, Pod } from '../kubernetes/types.js';
import { warnOfPod } from '../kubernetes/pod-warnings.js';
import { validatePod } from '../kubernetes/validation/validate-pod.js';
import type { PodRecord } from '../scheduler/model-change.js';
import { podRecord } from '../scheduler/pod-shape.js';
import type { ClusterModel } from '../scheduler/model.js';
import { admit } from './admission.js';
import type { SubjectSummary } from './answers.js';
import type { Admission, Skipped } from './common.js';
import { isCompanion } from './companions.js';
import type { QuestionContext } from './context.js';
import { PlanningError } from './errors.js';
import { mergePatch } from './merge-patch.js';
import { rememberedPod, rememberPod, templateOf } from './remembered-pods.js';
import { objectRef, refText } from './request.js';
import type { CommonOptions, SubjectRequest, WhatIfOperation, WorkloadRef } from './request.js';

export interface Subject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly workload: WorkloadPods;
  /** As sent, patches of `whatIf` applied. */
  readonly manifest: JsonObject;
  /** The first pod, as it would be stored. */
  readonly pod: Pod;
  /** The first pod without a node: `replica` gives the others. */
  readonly record: PodRecord;
  /** `spec.nodeName` of the manifest; empty for none. */
  readonly nodeName: string;
  readonly admission: Admission;
  readonly warnings: readonly string[];
}

export interface Subjects {
  readonly subjects: readonly Subject[];
  readonly skipped: readonly Skipped[];
}

interface ReadOptions extends Pick<CommonOptions, 'namespace' | 'fieldValidation' | 'whatIf' | 'admission'> {
  /** Pods that differ in their names alone are to be expected: they are read once. */
  readonly manyAlike?: boolean;
}

/**
 * Everything in a body that holds a pod, in order. Refuses with `invalid_manifest` and every fault of every object.
 *
 * @param model whose LimitRanges and classes apply; null: no cluster, no admission
 */
export function readSubjects(value: Json, options: ReadOptions, model: ClusterModel | null): Subjects {
  const reader = readManifests(Array.isArray(value) ? value : [value], {
    ...(options.namespace === undefined ? {} : { defaultNamespace: options.namespace }),
    nameless: true,
  });
  const errors: ObjectFieldError[] = [...reader.faults];
  const skipped: Skipped[] = [...reader.skipped];
  const patches = (options.whatIf ?? []).filter((operation) => operation.op === 'patchSubject');
  const subjects: Subject[] = [];
  let admission: Admission | undefined;
  for (const manifest of reader.manifests) {
    const patched = patches.length === 0 ? manifest : patchManifest(manifest, patches);
    const workload = workloadPods(patched);
    if (workload === undefined) {
      // With a cluster, the question has put these into its copy (companions.ts).
      if (model === null || !isCompanion(manifest.kind)) skip(skipped, manifest);
      continue;
    }
    const read = readSubject(patched, workload, options, model);
    subjects.push(read.subject);
    errors.push(...read.errors);
    if (read.errors.length > 0) admission ??= read.subject.admission;
  }
  if (errors.length > 0) throw invalidManifest(errors, model === null ? undefined : admission);
  return { subjects, skipped };
}

function skip(skipped: Skipped[], { kind, apiVersion }: Manifest): void {
  const index = skipped.findIndex((entry) => entry.kind === kind && entry.apiVersion === apiVersion);
  const reason = kind === 'Node' ? 'nodes are added by whatIf (addNodes or import)' : 'holds no pod to evaluate';
  if (index < 0) skipped.push({ kind, apiVersion, count: 1, reason });
  else skipped[index] = { ...skipped[index]!, count: skipped[index]!.count + 1 };
}

export function invalidManifest(errors: readonly ObjectFieldError[], admission?: Admission): PlanningError {
  const [first] = errors;
  const where = first?.object === undefined ? '' : `${first.object}: `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new PlanningError('invalid_manifest', `${where}${first?.message ?? 'the manifest is not valid'}${more}`, {
    errors,
    ...(admission === undefined ? {} : { admission }),
  });
}

/** Identity stays: a patch changes what a subject asks for, not what it is. */
function patchManifest(manifest: Manifest, patches: readonly WhatIfOperation[]): Manifest {
  let patched: Json = manifest.manifest;
  for (const operation of patches) if (operation.op === 'patchSubject') patched = mergePatch(patched, operation.patch);
  if (!isObject(patched)) {
    throw new PlanningError('invalid_request', 'a patch of the subject is an object (JSON merge patch)');
  }
  const metadata = isObject(patched['metadata']) ? patched['metadata'] : {};
  const { namespace, name } = manifest;
  return {
    ...manifest,
    manifest: {
      ...patched,
      apiVersion: manifest.apiVersion,
      kind: manifest.kind,
      metadata: { ...metadata, ...(name === '' ? {} : { name }), ...(namespace === '' ? {} : { namespace }) },
    },
  };
}

export interface ReadSubject {
  readonly subject: Subject;
  readonly errors: readonly ObjectFieldError[];
}

function readSubject(
  manifest: Manifest,
  workload: WorkloadPods,
  options: ReadOptions,
  model: ClusterModel | null,
): ReadSubject {
  const template =
    options.manyAlike === true
      ? templateOf(manifest, `${options.fieldValidation ?? ''}/${options.admission ?? ''}`)
      : null;
  if (template === null) return readAnew(manifest, workload, options, model);
  const known = rememberedPod(template, manifest, workload, model);
  if (known !== undefined) return known;
  const read = readAnew(manifest, workload, options, model);
  rememberPod(template, read, model);
  return read;
}

function readAnew(
  manifest: Manifest,
  workload: WorkloadPods,
  options: ReadOptions,
  model: ClusterModel | null,
): ReadSubject {
  const { kind, namespace, name } = manifest;
  const strictness = options.fieldValidation ?? 'Warn';
  const faults = new Faults({ unknownFields: strictness !== 'Ignore' });
  if (kind !== 'Pod') checkObject(kind, manifest.manifest, faults);
  const objectErrors = faults.errors.length;
  // The first pod is read at its template's place, so that faults carry the template's path.
  const place = workload.path === '' ? [] : workload.path.split('.');
  for (const segment of place) faults.enter(segment);
  const observed = isObserved(manifest.manifest);
  // A Pod is judged as sent: a name that it lacks is its fault, one that is generated comes later.
  const read = defaultPod(readPod(kind === 'Pod' ? manifest.manifest : workload.pod(0), faults, { namespace }));
  const admitted =
    model === null || (observed && kind === 'Pod') || options.admission === 'ignore'
      ? { pod: read, admission: { allowed: true, errors: [] }, warnings: [] }
      : admit(read, model, kind === 'Pod');
  const typed = faults.errors.length === objectErrors;
  if (typed) validatePod(admitted.pod, faults);
  if (typed && !observed) warnOfPod(admitted.pod, faults);
  for (const _ of place) faults.leave();
  const pod = expandMatchLabelKeys(admitted.pod);
  const object = `${kind}/${namespace}/${workload.name}`;
  const unknown = [...new Set(faults.unknownFields)];
  // What is wrong with the template is wrong with its pod: said once.
  const found = objectErrors > 0 ? faults.errors.slice(0, objectErrors) : faults.errors;
  const errors: FieldError[] = observed && typed ? [] : [...found];
  if (strictness === 'Strict') for (const sentence of unknown) errors.push(strictError(sentence));
  const warnings = [...new Set([...faults.warnings, ...admitted.warnings])];
  if (observed && typed) warnings.push(...found.map(({ message }) => message));
  if (strictness === 'Warn') warnings.push(...unknown);
  return {
    subject: {
      kind,
      namespace,
      name: name === '' ? workload.name : name,
      workload,
      manifest: manifest.manifest,
      pod,
      record: named(podRecord(pendingPod(pod)), workload),
      nodeName: pod.spec.nodeName,
      admission: admitted.admission,
      warnings,
    },
    errors: errors.map((error) => ({ object, ...error })),
  };
}

/** `unknown field "spec.containers[0].resource"` as a field error. */
function strictError(sentence: string): FieldError {
  const field = /"(.*)"$/.exec(sentence)?.[1] ?? '';
  return { type: 'FieldValueInvalid', field, detail: 'unknown field', message: `strict decoding error: ${sentence}` };
}

/** As it stands in the queue: no node, no state. */
function pendingPod(pod: Pod): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: undefined },
    spec: { ...pod.spec, nodeName: '' },
    status: { ...pod.status, phase: 'Pending', conditions: [] },
  };
}

/** A pod with `generateName` goes by the name that its first copy would get. */
function named(record: PodRecord, workload: WorkloadPods): PodRecord {
  if (record.name !== '') return record;
  const metadata = workload.pod(0)['metadata'];
  return { ...record, name: isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '' };
}

/** The record of the pod with that index: the class of the first, its own name and own labels. */
export function replica(subject: Subject, index: number): PodRecord {
  if (index === 0) return subject.record;
  const metadata = subject.workload.pod(index)['metadata'];
  if (!isObject(metadata)) return subject.record;
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : subject.record.name;
  if (subject.record.ownLabels === null) return { ...subject.record, name };
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  const own = Object.keys(JSON.parse(subject.record.ownLabels) as JsonObject);
  const ownLabels = JSON.stringify(Object.fromEntries(own.map((key) => [key, labels[key] ?? ''])));
  return { ...subject.record, name, ownLabels };
}

/** The one subject that `fit` and `capacity` judge: the first in the body, with a warning where there are more. */
export function readOneSubject(
  context: QuestionContext,
  request: SubjectRequest & CommonOptions,
  model: ClusterModel,
): { readonly subject: Subject | null; readonly skipped: readonly Skipped[]; readonly warnings: readonly string[] } {
  const value = request.workload === undefined ? request.manifest : storedManifest(context, request.workload);
  const { subjects, skipped } = readSubjects(value ?? [], request, model);
  const [subject] = subjects;
  if (subject === undefined) {
    if (request.allowEmpty === true) return { subject: null, skipped, warnings: [] };
    throw nothingToEvaluate();
  }
  const warnings = [...subject.warnings];
  if (subject.workload.perNode) {
    warnings.push('a DaemonSet runs one pod on every eligible node: ask simulate to place them all');
  }
  if (subjects.length > 1) {
    warnings.push(
      `${subjects.length} objects hold pods: only the first, ${subject.kind} ${subject.namespace}/${subject.name}, is ` +
        'judged; ask simulate about all of them together',
    );
  }
  return { subject, skipped, warnings };
}

export function nothingToEvaluate(): PlanningError {
  return new PlanningError('nothing_to_evaluate', 'nothing in the body is a pod or holds a pod template');
}

/** The manifest of a stored workload; a stored pod's from its own. Refuses with `not_found`. */
export function storedManifest(context: QuestionContext, workload: WorkloadRef): JsonObject {
  const ref = objectRef(workload);
  const manifest =
    context.manifests.get(refText(ref)) ??
    context.model.objects.get(ref.group === 'core' ? '' : ref.group, ref.kind, ref.namespace, ref.name);
  if (manifest === undefined) {
    throw new PlanningError('not_found', `${ref.kind} "${ref.namespace}/${ref.name}" not found`, {
      resource: { kind: ref.kind, name: `${ref.namespace}/${ref.name}` },
    });
  }
  const kind = kindNamed(ref.kind);
  return kind === undefined
    ? manifest
    : { ...manifest, kind: kind.kind, apiVersion: manifest['apiVersion'] ?? apiVersionOf(kind) };
}

export function subjectSummary(subject: Subject, evaluated: number): SubjectSummary {
  const { kind, namespace, name, workload } = subject;
  return { kind, namespace, name, replicas: workload.replicas, evaluated };
}
