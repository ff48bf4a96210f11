/** A row's cluster as a model, and its pod as the one to be placed: read, defaulted and expanded as at creation. */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { expandMatchLabelKeys } from '../../src/kubernetes/pod-templates.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { Json, JsonObject, Pod } from '../../src/kubernetes/types.js';
import { validatePod } from '../../src/kubernetes/validation/validate-pod.js';
import { profilesOf } from '../../src/scheduler/configuration.js';
import { compilePod } from '../../src/scheduler/cycle.js';
import type { Subject } from '../../src/scheduler/framework.js';
import { ClusterModel } from '../../src/scheduler/model.js';
import { podRecord } from '../../src/scheduler/pod-shape.js';
import type { Row } from './registry.js';

export interface Scenario {
  readonly model: ClusterModel;
  readonly subject: Subject;
}

/** Full sentences of what is wrong with one pod of the row: the pending one, or else the first bound one. */
export interface InvalidScenario {
  readonly invalid: { readonly pod: string; readonly errors: readonly string[] };
}

export function readScenario(row: Row): Scenario | InvalidScenario {
  const pending = admitted(object(row.pod));
  if ('errors' in pending) return { invalid: { pod: '', errors: pending.errors } };
  const model = ClusterModel.empty();
  for (const kind of ['namespaces', 'objects', 'pdbs']) {
    for (const manifest of list(row[kind])) {
      const metadata = object(manifest.metadata);
      const apiVersion = text(manifest.apiVersion);
      model.apply({
        type: 'object',
        group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
        kind: text(manifest.kind),
        namespace: text(metadata.namespace),
        name: text(metadata.name),
        object: manifest,
      });
    }
  }
  for (const manifest of list(row.nodes)) {
    const node = readNode(manifest, new Faults());
    model.apply({ type: 'node', name: node.metadata.name, node });
  }
  for (const manifest of list(row.pods)) {
    const bound = admitted(manifest);
    if ('errors' in bound) return { invalid: { pod: text(object(manifest.metadata).name), errors: bound.errors } };
    const pod = podRecord(bound.pod);
    model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  }
  if (row.scheduler !== undefined) model.apply({ type: 'scheduler', configuration: object(row.scheduler) });
  const profile = profilesOf(model.scheduler).get(pending.pod.spec.schedulerName);
  if (profile === undefined) throw new Error(`no profile ${pending.pod.spec.schedulerName}`);
  return { model, subject: compilePod(pending.pod, profile) };
}

function admitted(manifest: JsonObject): { readonly pod: Pod } | { readonly errors: readonly string[] } {
  const faults = new Faults();
  const pod = defaultPod(readPod(manifest, faults));
  validatePod(pod, faults);
  if (faults.errors.length > 0) return { errors: faults.errors.map(({ message }) => message) };
  return { pod: expandMatchLabelKeys(pod) };
}

export function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

export function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map((item) => object(item)) : [];
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => text(item)) : [];
}
