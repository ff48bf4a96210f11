/**
 * What-if operations (API.md 4), applied in order to a private fork of the model. `patchSubject` is the subject reader's
 * (subject.ts). What names nothing is refused with the operation's index.
 */
import { Faults } from '../kubernetes/faults.js';
import { defaultPod } from '../kubernetes/defaulting.js';
import type { ObjectFieldError } from '../kubernetes/field-error.js';
import { isObject, readManifests, stripManifest } from '../kubernetes/manifests.js';
import type { Manifest } from '../kubernetes/manifests.js';
import { expandMatchLabelKeys, workloadPods } from '../kubernetes/pod-templates.js';
import { readNode } from '../kubernetes/read-node.js';
import { readPod } from '../kubernetes/read-pod.js';
import { matches, parseLabelSelector } from '../kubernetes/selectors.js';
import type { Selector } from '../kubernetes/selectors.js';
import type { Json, JsonObject, Node } from '../kubernetes/types.js';
import { PodFlag, podPhases } from '../scheduler/model-change.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import { podRecord } from '../scheduler/pod-shape.js';
import type { QuestionContext } from './context.js';
import { daemonRunsOn } from './daemons.js';
import { PlanningError } from './errors.js';
import { mergePatch } from './merge-patch.js';
import { freshName, freshNode, nodeManifest, withUnschedulable } from './node-manifest.js';
import { placeAll } from './placing.js';
import type { CommonOptions, WhatIfOperation } from './request.js';
import { shapeNames, shapeNode } from './shapes.js';
import { readSubjects, replica, storedManifest } from './subject.js';
import { goesWithNode, podsOfWorkload, unusedName } from './workload-pods.js';

export interface WhatIfOutcome {
  readonly warnings: readonly string[];
  /** Pods added without a node that fit nowhere: they stay pending. */
  readonly unplaced: number;
}

/** More objects than this from one operation are a mistake. */
const MAX_COUNT = 100_000;

class WhatIf {
  readonly warnings: string[] = [];
  unplaced = 0;
  /** Operation at hand, for errors. */
  private index = 0;

  constructor(
    private readonly model: ClusterModel,
    private readonly context: QuestionContext,
    private readonly options: CommonOptions,
  ) {}

  apply(operations: readonly WhatIfOperation[]): void {
    for (const [index, operation] of operations.entries()) {
      this.index = index;
      this.applyOne(operation);
    }
  }

  private applyOne(operation: WhatIfOperation): void {
    switch (operation.op) {
      case 'addNodes':
        this.addNodes(operation);
        break;
      case 'removeNodes':
        for (const slot of this.selectNodes(operation)) this.removeNode(slot, operation.pods ?? 'pending');
        break;
      case 'cordon':
      case 'uncordon':
        for (const slot of this.selectNodes(operation)) {
          this.putNode(withUnschedulable(this.model.node(slot), operation.op === 'cordon'));
        }
        break;
      case 'patchNodes':
        for (const slot of this.selectNodes(operation)) this.patchNode(this.model.node(slot), operation.patch);
        break;
      case 'addPods':
        this.addPods(operation.manifest, operation.count, operation.node);
        break;
      case 'removePods':
        for (const slot of this.selectPods(operation)) this.removePod(slot);
        break;
      case 'scaleWorkload':
        this.scale(operation.workload, operation.replicas);
        break;
      case 'import':
        this.import(operation.manifests);
        break;
      case 'patchSubject':
        break;
    }
  }

  private refuse(code: 'invalid_request' | 'empty_selection' | 'not_found', detail: string): PlanningError {
    return new PlanningError(code, `whatIf[${this.index}]: ${detail}`, { whatIfIndex: this.index });
  }

  private faulty(errors: readonly ObjectFieldError[]): PlanningError {
    return new PlanningError('invalid_manifest', `whatIf[${this.index}]: ${errors[0]?.message ?? 'not valid'}`, {
      whatIfIndex: this.index,
      errors,
    });
  }

  private count(count: number | undefined): number {
    const value = count ?? 1;
    if (!Number.isInteger(value) || value < 0 || value > MAX_COUNT) {
      throw this.refuse('invalid_request', `count must be a whole number from 0 to ${MAX_COUNT}`);
    }
    return value;
  }

  private selector(text: string): Selector {
    const parsed = parseLabelSelector(text);
    if ('error' in parsed) throw this.refuse('invalid_request', `labelSelector: ${parsed.error}`);
    return parsed.value;
  }

  // Nodes -------------------------------------------------------------------------------------------------------------

  private selectNodes(selection: { readonly names?: readonly string[]; readonly labelSelector?: string }): number[] {
    const { names, labelSelector } = selection;
    if ((names === undefined) === (labelSelector === undefined)) {
      throw this.refuse('invalid_request', 'give names or a labelSelector');
    }
    if (names !== undefined) {
      if (names.length === 0) throw this.refuse('empty_selection', 'names is empty');
      return [...new Set(names)].map((name) => {
        const slot = this.model.nodeSlot(name);
        if (slot < 0) throw this.refuse('empty_selection', `node "${name}" not found`);
        return slot;
      });
    }
    const selector = this.selector(labelSelector!);
    const selected = [...this.model.nodeSlots()].filter((slot) =>
      matches(selector, this.model.node(slot).metadata.labels),
    );
    if (selected.length === 0) throw this.refuse('empty_selection', `labelSelector "${labelSelector}" matches no node`);
    return selected;
  }

  private putNode(node: Node): void {
    this.model.apply({ type: 'node', name: node.metadata.name, node });
  }

  private addNodes(operation: Extract<WhatIfOperation, { op: 'addNodes' }>): void {
    const { like, node, shape } = operation;
    const given = [like, node, shape].filter((source) => source !== undefined).length;
    if (given !== 1) throw this.refuse('invalid_request', 'give one of like, node and shape');
    let template: Node;
    let base: string;
    if (like !== undefined) {
      const slot = this.model.nodeSlot(like);
      if (slot < 0) throw this.refuse('empty_selection', `node "${like}" not found`);
      template = this.model.node(slot);
      base = `${like}-like`;
    } else {
      const manifest = shape === undefined ? node : shapeNode(shape);
      if (manifest === undefined) {
        throw this.refuse('empty_selection', `shape "${shape}" is not known; known are ${shapeNames().join(', ')}`);
      }
      template = this.readNode(manifest);
      base = template.metadata.name || 'node';
    }
    const taken = (name: string): boolean => this.model.nodeSlot(name) >= 0;
    let next = 1;
    for (let added = 0; added < this.count(operation.count); added++) {
      let name = base;
      // A node given whole keeps its name while that is free.
      if (node === undefined || taken(base)) ({ name, next } = freshName(base, taken, next));
      this.putNode(freshNode(template, name));
      this.addDaemons(name);
    }
  }

  private readNode(manifest: Json): Node {
    const faults = new Faults();
    const read = readNode(isObject(manifest) ? manifest : {}, faults);
    if (!isObject(manifest)) throw this.refuse('invalid_request', 'a node is a manifest');
    if (faults.errors.length > 0) throw this.faulty(faults.errors);
    for (const warning of faults.warnings) this.warnings.push(`whatIf[${this.index}]: ${warning}`);
    return read;
  }

  /** The DaemonSet pods that would run on a new node: those whose selector, affinity and tolerations admit it. */
  private addDaemons(nodeName: string): void {
    const node = this.model.node(this.model.nodeSlot(nodeName));
    for (const { namespace, name, object } of this.model.objects.list('apps', 'DaemonSet')) {
      const workload = workloadPods({ kind: 'DaemonSet', apiVersion: 'apps/v1', namespace, name, manifest: object });
      if (workload === undefined) continue;
      const pod = expandMatchLabelKeys(defaultPod(readPod(workload.pod(0), new Faults(), { namespace })));
      if (!daemonRunsOn(pod, node)) continue;
      this.putPod({ ...podRecord(pod), name: `${name}-${nodeName}`, nodeName });
    }
  }

  private removeNode(slot: number, pods: 'pending' | 'remove'): void {
    const name = this.model.nodeName(slot);
    for (const pod of this.model.podSlotsOn(slot)) {
      if (this.model.isReservation(pod)) continue;
      const terminating = (this.model.podFlagsOf(pod) & PodFlag.terminating) !== 0;
      if (pods === 'remove' || terminating || goesWithNode(this.model.classOfPod(pod))) this.removePod(pod);
      else this.putPod(pendingAgain(this.model.podAt(pod)));
    }
    for (const { id, pod } of this.model.reservations()) {
      if (pod.nodeName === name) this.model.apply({ type: 'reservation', id, reservation: null });
    }
    this.model.apply({ type: 'node', name, node: null });
  }

  private patchNode(node: Node, patch: Json): void {
    const { name } = node.metadata;
    const patched = mergePatch(nodeManifest(node), patch);
    if (!isObject(patched)) throw this.refuse('invalid_request', 'a patch is an object (JSON merge patch)');
    const metadata = isObject(patched['metadata']) ? patched['metadata'] : {};
    this.putNode(this.readNode({ ...patched, metadata: { ...metadata, name } }));
  }

  // Pods --------------------------------------------------------------------------------------------------------------

  private putPod(record: PodRecord): void {
    this.model.apply({ type: 'pod', namespace: record.namespace, name: record.name, pod: record });
  }

  private removePod(slot: number): void {
    const { namespace, name } = this.model.podAt(slot);
    this.model.apply({ type: 'pod', namespace, name, pod: null });
  }

  private selectPods(operation: Extract<WhatIfOperation, { op: 'removePods' }>): number[] {
    const { namespace, names, labelSelector } = operation;
    if ((names === undefined) === (labelSelector === undefined)) {
      throw this.refuse('invalid_request', 'give names or a labelSelector');
    }
    if (names !== undefined) {
      if (names.length === 0) throw this.refuse('empty_selection', 'names is empty');
      return [...new Set(names)].map((text) => {
        const slash = text.indexOf('/');
        const [space, name] =
          slash >= 0
            ? [text.slice(0, slash), text.slice(slash + 1)]
            : [namespace ?? this.options.namespace ?? 'default', text];
        const slot = this.model.podSlot(space, name);
        if (slot < 0) throw this.refuse('empty_selection', `pod "${space}/${name}" not found`);
        return slot;
      });
    }
    const selector = this.selector(labelSelector!);
    const selected: number[] = [];
    for (const slot of this.model.storedPodSlots()) {
      if (namespace !== undefined && this.model.classOfPod(slot).namespace !== namespace) continue;
      if (matches(selector, this.model.podLabels(slot))) selected.push(slot);
    }
    if (selected.length === 0) throw this.refuse('empty_selection', `labelSelector "${labelSelector}" matches no pod`);
    return selected.sort((a, b) => this.model.comparePods(a, b));
  }

  private addPods(manifest: Json, count: number | undefined, node: string | undefined): void {
    if (node !== undefined && this.model.nodeSlot(node) < 0) {
      throw this.refuse('empty_selection', `node "${node}" not found`);
    }
    const { whatIf: _, ...options } = this.options;
    const { subjects } = this.within(() => readSubjects(manifest, options, this.model));
    if (subjects.length === 0) throw this.refuse('empty_selection', 'the manifest holds no pod');
    for (const subject of subjects) {
      const pods = this.count(count ?? subject.workload.replicas);
      const records = Array.from({ length: pods }, (_unused, index) => unusedName(this.model, replica(subject, index)));
      this.run(records, node);
    }
  }

  /** Pods of one class, on the node given or where the scheduler would put them one after another. */
  private run(records: readonly PodRecord[], node: string | undefined): void {
    if (node !== undefined) {
      for (const record of records) this.putPod({ ...record, nodeName: node });
      return;
    }
    const nodes = placeAll(this.model, records);
    for (const [index, record] of records.entries()) {
      if (nodes[index] !== null) continue;
      this.putPod(record);
      this.unplaced++;
    }
  }

  private scale(workload: Extract<WhatIfOperation, { op: 'scaleWorkload' }>['workload'], replicas: number): void {
    if (!Number.isInteger(replicas) || replicas < 0 || replicas > MAX_COUNT) {
      throw this.refuse('invalid_request', `replicas must be a whole number from 0 to ${MAX_COUNT}`);
    }
    const { whatIf: _, ...options } = this.options;
    const { subjects } = this.within(() =>
      readSubjects(storedManifest(this.context, workload), { ...options, fieldValidation: 'Ignore' }, this.model),
    );
    const [subject] = subjects;
    if (subject === undefined) throw this.refuse('empty_selection', `${workload.kind} holds no pod template`);
    const existing = podsOfWorkload(this.model, subject);
    if (existing.length > replicas) {
      for (const slot of this.firstToGo(existing).slice(0, existing.length - replicas)) this.removePod(slot);
      return;
    }
    const have = new Set(existing.map((slot) => this.model.podName(slot)));
    const added: PodRecord[] = [];
    for (let index = 0; added.length < replicas - existing.length; index++) {
      const record = replica(subject, index);
      if (have.has(record.name)) continue;
      added.push(unusedName(this.model, record));
    }
    this.run(added, undefined);
  }

  /** Controllers remove pods without a node first, then the youngest; a StatefulSet the highest ordinals. */
  private firstToGo(slots: readonly number[]): number[] {
    const ordinal = (slot: number): number => Number(/-(\d+)$/.exec(this.model.podName(slot))?.[1] ?? -1);
    const stateful = slots.some((slot) => this.model.classOfPod(slot).source.owner?.kind === 'StatefulSet');
    const age = (slot: number): number => this.model.podAt(slot).creationTime ?? 0;
    return [...slots].sort((a, b) => {
      if (stateful) return ordinal(b) - ordinal(a);
      const pending = Number(this.model.nodeOfPod(b) < 0) - Number(this.model.nodeOfPod(a) < 0);
      return pending || age(b) - age(a) || this.model.comparePods(b, a);
    });
  }

  private within<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PlanningError)) throw error;
      throw new PlanningError(error.code, `whatIf[${this.index}]: ${error.message}`, {
        ...error.extras,
        whatIfIndex: this.index,
      });
    }
  }

  // Import ------------------------------------------------------------------------------------------------------------

  private import(manifests: Json): void {
    const reader = readManifests(Array.isArray(manifests) ? manifests : [manifests], {
      ...(this.options.namespace === undefined ? {} : { defaultNamespace: this.options.namespace }),
      watchEvents: true,
    });
    if (reader.faults.length > 0) throw this.faulty(reader.faults);
    for (const { kind, apiVersion, count, reason } of reader.skipped) {
      this.warnings.push(`whatIf[${this.index}]: ${count} ${kind} of ${apiVersion} skipped: ${reason}`);
    }
    for (const manifest of reader.manifests) this.importOne(manifest);
  }

  private importOne({ group, kind, namespace, name, manifest, deleted }: Manifest): void {
    if (group === '' && kind === 'Node') {
      const node = deleted ? null : this.readNode(manifest);
      this.model.apply({ type: 'node', name, node });
    } else if (group === '' && kind === 'Pod') {
      this.model.apply({ type: 'pod', namespace, name, pod: deleted ? null : this.readStoredPod(manifest) });
    } else {
      const object: JsonObject | null = deleted ? null : stripManifest(manifest);
      this.model.apply({ type: 'object', group, kind, namespace, name, object });
    }
  }

  /** An absent status or node keeps the stored one, as on import. */
  private readStoredPod(manifest: JsonObject): PodRecord {
    const faults = new Faults();
    const record = podRecord(expandMatchLabelKeys(defaultPod(readPod(manifest, faults))));
    if (faults.errors.length > 0) throw this.faulty(faults.errors);
    const stored = this.model.pod(record.namespace, record.name);
    if (stored === undefined) return record;
    const keepsState = !isObject(manifest['status']) || Object.keys(manifest['status']).length === 0;
    return {
      ...record,
      nodeName: record.nodeName === '' ? stored.nodeName : record.nodeName,
      ...(keepsState ? { flags: stored.flags, startTime: stored.startTime } : {}),
    };
  }
}

const PENDING = podPhases.indexOf('Pending');

/** A pod whose node went: its controller makes a new one, which waits. */
function pendingAgain(record: PodRecord): PodRecord {
  return { ...record, nodeName: '', flags: PENDING, startTime: null, nominatedNodeName: '' };
}

/** @param model a private fork; changed in place */
export function applyWhatIf(model: ClusterModel, context: QuestionContext, options: CommonOptions): WhatIfOutcome {
  const whatIf = new WhatIf(model, context, options);
  whatIf.apply(options.whatIf ?? []);
  return { warnings: whatIf.warnings, unplaced: whatIf.unplaced };
}
