/** Few nodes and pods written by hand: what unit tables of the scheduler start from. */
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { expandMatchLabelKeys } from '../../src/kubernetes/pod-templates.js';
import { readNode } from '../../src/kubernetes/read-node.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import type { JsonObject } from '../../src/kubernetes/types.js';
import { defaultProfile } from '../../src/scheduler/configuration.js';
import { compilePod, runCycle } from '../../src/scheduler/cycle.js';
import type { ScheduleResult } from '../../src/scheduler/schedule-result.js';
import type { Subject } from '../../src/scheduler/framework.js';
import { ClusterModel } from '../../src/scheduler/model.js';
import { podRecord } from '../../src/scheduler/pod-shape.js';
import type { Profile } from '../../src/scheduler/profile.js';

export interface NodeSketch {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly spec?: JsonObject;
  readonly allocatable?: Record<string, string>;
  readonly images?: readonly { readonly names: string[]; readonly sizeBytes: number }[];
  readonly declaredFeatures?: string[];
}

export interface PodSketch {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly node?: string;
  readonly requests?: Record<string, string>;
  readonly spec?: JsonObject;
  readonly metadata?: JsonObject;
  readonly status?: JsonObject;
}

export function podOf(sketch: PodSketch): ReturnType<typeof readPod> {
  const { name = 'pod', namespace = 'default', labels = {}, node = '', requests = {}, spec, metadata, status } = sketch;
  const manifest: JsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ...metadata },
    spec: { containers: [{ name: 'app', image: 'app:1', resources: { requests } }], nodeName: node, ...spec },
    status: { phase: node === '' ? 'Pending' : 'Running', ...status },
  };
  return expandMatchLabelKeys(defaultPod(readPod(manifest, new Faults())));
}

export function cluster(nodes: readonly NodeSketch[], pods: readonly PodSketch[] = []): ClusterModel {
  const model = ClusterModel.empty();
  for (const { name, labels = {}, spec = {}, allocatable = {}, images = [], declaredFeatures = [] } of nodes) {
    const manifest: JsonObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
      spec,
      status: {
        allocatable: { cpu: '4', memory: '16Gi', pods: '110', ...allocatable },
        images: images.map(({ names, sizeBytes }) => ({ names, sizeBytes })),
        declaredFeatures,
      },
    };
    model.apply({ type: 'node', name, node: readNode(manifest, new Faults()) });
  }
  pods.forEach((sketch, index) => {
    const pod = podRecord(podOf({ name: `existing-${index}`, ...sketch }));
    model.apply({ type: 'pod', namespace: pod.namespace, name: pod.name, pod });
  });
  return model;
}

export function subject(sketch: PodSketch, profile: Profile = defaultProfile, keepNodeName = false): Subject {
  return compilePod(podOf(sketch), profile, { keepNodeName });
}

/** Node → reasons of the first failing plugin, with `!` in front when preemption cannot help; feasible nodes: []. */
export function verdicts(result: ScheduleResult): Record<string, string[]> {
  const { model } = result;
  const entries = Array.from(model.nodeSlots(), (slot): [string, string[]] => {
    const rejection = result.rejection(slot);
    const mark = rejection?.code === 'UnschedulableAndUnresolvable' ? '!' : '';
    return [model.nodeName(slot), (rejection?.reasons ?? []).map((reason) => mark + reason)];
  });
  return Object.fromEntries(entries);
}

/** Weighted scores of one plugin by node. */
export function scoresOf(result: ScheduleResult, plugin: string): Record<string, number> {
  const entries = Array.from(result.feasible, (slot): [string, number] => [
    result.model.nodeName(slot),
    result.scoresOf(slot)[plugin] ?? 0,
  ]);
  return Object.fromEntries(entries);
}

export function run(model: ClusterModel, sketch: PodSketch, profile?: Profile): ScheduleResult {
  return runCycle(model, subject(sketch, profile));
}
