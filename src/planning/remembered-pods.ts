/**
 * Pods that differ in their name alone are read once: who claims room for a thousand pods of one template sends a thousand
 * manifests, and reading, defaulting, admitting and validating one costs several times what placing it does. All of that
 * depends on the manifest, a few options and the cluster's policies; the name takes part in its own validation only.
 */
import type { AdmissionPolicies } from '../kubernetes/admission/admit-pod.js';
import type { Manifest } from '../kubernetes/manifests.js';
import type { WorkloadPods } from '../kubernetes/pod-templates.js';
import type { JsonObject } from '../kubernetes/types.js';
import { policiesOf } from './admission.js';
import type { ClusterModel } from '../scheduler/model.js';
import { SeenBefore } from '../scheduler/seen-before.js';
import type { ReadSubject } from './subject.js';

interface Remembered {
  readonly policies: AdmissionPolicies | null;
  readonly read: ReadSubject;
}

/** Templates, and characters of one. */
const MAX_TEMPLATES = 256;
const MAX_TEXT = 32 * 1024;

/** A name that nothing is ever said about: a DNS label, so that it serves as a host name, too. */
const PLAIN_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** By the manifest without its name, and the options. The least recently used go first. */
const templates = new Map<string, Remembered>();
const seen = new SeenBefore();

/** What a pod's manifest is remembered under; null: it is read every time. */
export function templateOf({ kind, name, manifest }: Manifest, options: string): string | null {
  if (kind !== 'Pod' || !PLAIN_NAME.test(name)) return null;
  const metadata = manifest['metadata'] as JsonObject;
  if (metadata['uid'] !== undefined) return null;
  const text = JSON.stringify({ ...manifest, metadata: { ...metadata, name: '' } });
  return text.length > MAX_TEXT ? null : `${options}\n${text}`;
}

/** The subject that a pod of the template gave under another name, under this one. */
export function rememberedPod(
  template: string,
  { name, manifest }: Manifest,
  workload: WorkloadPods,
  model: ClusterModel | null,
): ReadSubject | undefined {
  const known = templates.get(template);
  if (known === undefined || known.policies !== policiesIn(model)) return undefined;
  // the last of a Map's keys is the one set last
  templates.delete(template);
  templates.set(template, known);
  const { subject, errors } = known.read;
  const { pod, record } = subject;
  const named = { ...pod, metadata: { ...pod.metadata, name } };
  return { subject: { ...subject, name, workload, manifest, pod: named, record: { ...record, name } }, errors };
}

/** Keeps what was read, where nothing of it is about this very pod. */
export function rememberPod(template: string, read: ReadSubject, model: ClusterModel | null): void {
  const { subject, errors } = read;
  if (errors.length > 0 || subject.warnings.length > 0 || !subject.admission.allowed) return;
  const policies = policiesIn(model);
  // What a quota has left changes with every pod of the namespace.
  if (policies?.quotas.has(subject.namespace) === true || !seen.check(template)) return;
  templates.set(template, { policies, read });
  for (const [oldest] of templates) {
    if (templates.size <= MAX_TEMPLATES) return;
    templates.delete(oldest);
  }
}

function policiesIn(model: ClusterModel | null): AdmissionPolicies | null {
  return model === null ? null : policiesOf(model);
}
