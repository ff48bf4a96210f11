/**
 * Admission of what a client proposes, against the policies that the cluster model keeps (SEMANTICS 9, 10). What quotas
 * have used is counted from the pods in the model, so a what-if and earlier placements of the same question count.
 */
import { admitPod, readPolicies } from '../kubernetes/admission/admit-pod.js';
import type { AdmissionPolicies } from '../kubernetes/admission/admit-pod.js';
import { QuotaLedger } from '../kubernetes/admission/resource-quota.js';
import { Quantity } from '../kubernetes/quantity.js';
import type { ResourceQuota } from '../kubernetes/read-policies.js';
import { readPod } from '../kubernetes/read-pod.js';
import { Faults } from '../kubernetes/faults.js';
import type { Pod, ResourceList } from '../kubernetes/types.js';
import { PodFlag, podPhases } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { PodClass } from '../scheduler/pod-class.js';
import type { ShapeAmounts } from '../scheduler/pod-shape.js';
import type { StoredManifest } from '../scheduler/stored-objects.js';
import type { Admission } from './common.js';

export interface Admitted {
  readonly pod: Pod;
  readonly admission: Admission;
  readonly warnings: readonly string[];
}

const KINDS = [
  ['', 'LimitRange'],
  ['', 'ResourceQuota'],
  ['scheduling.k8s.io', 'PriorityClass'],
  ['node.k8s.io', 'RuntimeClass'],
] as const;

/** `version` of the objects that were looked at last. */
let lastVersion = 0;
let lastLists: readonly (readonly StoredManifest[])[] = [];
let lastPolicies: AdmissionPolicies = readPolicies([]);

/**
 * The policies of a model, read once while they are the same: a model keeps its sorted lists of objects, and forks share
 * them.
 */
export function policiesOf(model: ClusterModel): AdmissionPolicies {
  const { version } = model.objects;
  if (version === lastVersion) return lastPolicies;
  lastVersion = version;
  const lists = KINDS.map(([group, kind]) => model.objects.list(group, kind));
  if (lists.length !== lastLists.length || lists.some((list, index) => !sameList(list, lastLists[index]!))) {
    lastLists = lists;
    lastPolicies = readPolicies(lists.flatMap((list) => list.map(({ object }) => object)));
  }
  return lastPolicies;
}

function sameList(a: readonly StoredManifest[], b: readonly StoredManifest[]): boolean {
  return a === b || (a.length === 0 && b.length === 0);
}

/**
 * The pod as the API server would store it, and what it would be refused for.
 *
 * @param pod defaulted, not yet validated: validation looks at what admission has made of it
 * @param replaces the stored pod of its name does not count
 */
export function admit(pod: Pod, model: ClusterModel, replaces = false): Admitted {
  const policies = policiesOf(model);
  const { namespace, name } = pod.metadata;
  const ledger = quotaLedger(model, namespace);
  const stored = replaces && ledger !== null ? model.podSlot(namespace, name) : -1;
  if (stored >= 0) ledger?.charge(ledger.claim(podOfClass(model.classOfPod(stored), phaseOf(model, stored))), -1);
  const admitted = admitPod(pod, policies, ledger ?? undefined);
  return {
    pod: admitted.pod,
    admission: { allowed: admitted.errors.length === 0, errors: admitted.errors },
    warnings: admitted.warnings,
  };
}

/** Ledgers of published models: counting a large namespace anew for every question would dwarf the question. */
const ledgers = new WeakMap<ClusterModel, { stamp: number; byNamespace: Map<string, QuotaLedger> }>();

/**
 * What bars every pod like this one, however much room there is; null for nothing. What a quota says depends on the pods
 * before. A class that is not stored bars nothing: many snapshots hold nodes and pods alone, and `spec.priority` is used
 * as sent; `admission` still names it.
 */
export function refusalOf(admission: Admission): Admission | null {
  const errors = admission.errors.filter(({ source }) => source === 'LimitRanger');
  return errors.length === 0 ? null : { allowed: false, errors };
}

/** The API server's sentence to a client whose pod is refused. */
export function forbidden(podName: string, { errors }: Admission): string {
  return `pods "${podName}" is forbidden: ${errors[0]?.message ?? ''}`;
}

/** The quotas of a namespace with what its pods use of them, the caller's own; null when it has none. */
export function quotaLedger(model: ClusterModel, namespace: string): QuotaLedger | null {
  const quotas = policiesOf(model).quotas.get(namespace);
  if (quotas === undefined || quotas.length === 0) return null;
  let cached = ledgers.get(model);
  if (cached === undefined || cached.stamp !== model.stamp) {
    cached = { stamp: model.stamp, byNamespace: new Map() };
    ledgers.set(model, cached);
  }
  let ledger = cached.byNamespace.get(namespace);
  if (ledger === undefined) {
    ledger = countedLedger(model, namespace, quotas);
    cached.byNamespace.set(namespace, ledger);
  }
  return ledger.fork();
}

function countedLedger(model: ClusterModel, namespace: string, quotas: readonly ResourceQuota[]): QuotaLedger {
  const ledger = new QuotaLedger(quotas);
  for (const group of model.classGroups().byNamespace.get(namespace) ?? []) {
    const pods = model.classAt(group);
    let [running, finished] = [0, 0];
    // A reservation is a pod that is to come: the room that it was promised includes its quota. Once its pod is stored,
    // that one counts.
    model.forEachPodOf(group, (slot) => {
      if (model.isReservation(slot) && model.podSlot(namespace, model.podName(slot)) >= 0) return;
      if (phaseOf(model, slot) === 'Succeeded') finished++;
      else running++;
    });
    if (running > 0) ledger.charge(ledger.claim(podOfClass(pods, 'Running')), running);
    if (finished > 0) ledger.charge(ledger.claim(podOfClass(pods, 'Succeeded')), finished);
  }
  return ledger;
}

/** Quota knows two phases: ended pods count as objects only. */
function phaseOf(model: ClusterModel, slot: number): 'Running' | 'Succeeded' {
  const phase = podPhases[model.podFlagsOf(slot) & PodFlag.phaseMask];
  return phase === 'Succeeded' || phase === 'Failed' ? 'Succeeded' : 'Running';
}

/** A pod that quota counts like those of the class: one container that asks for the whole. */
function podOfClass({ source, namespace }: PodClass, phase: string): Pod {
  const pod = readPod({ metadata: { name: 'counted', namespace } }, new Faults());
  const resources = {
    requests: resourceList(source.charged ?? source.requests),
    limits: resourceList(source.limits ?? {}),
    claims: [],
  };
  const container = { name: 'counted', image: '', ports: [], raw: {}, resources };
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: [container],
      priorityClassName: source.priorityClassName ?? '',
      affinity: source.affinity,
      ...(source.activeDeadline === true ? { activeDeadlineSeconds: 1 } : {}),
    },
    status: { ...pod.status, phase, ...(source.qosClass === undefined ? {} : { qosClass: source.qosClass }) },
  };
}

/** A class keeps amounts, not how they were written: bytes are printed in Ki, Mi, …, as they usually are. */
function resourceList(amounts: ShapeAmounts): ResourceList {
  const list = new Map<string, Quantity>();
  for (const name of Object.keys(amounts)) {
    const text = `${amounts[name]}`;
    const quantity = Quantity.parse(name === 'cpu' ? `${text}m` : text);
    list.set(name, isBytes(name) ? quantity.withFormat('BinarySI') : quantity);
  }
  return list;
}

function isBytes(name: string): boolean {
  return name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
}
