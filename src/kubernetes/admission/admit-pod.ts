/**
 * What the API server's admission makes of a pod that a client proposes (API.md 3): LimitRanges in name order, then the
 * PriorityClass, then the RuntimeClass; then the checks. Validation of the fields comes after this mutation, quota last.
 */
import { Faults } from '../faults.js';
import { metadataText } from '../manifests.js';
import {
  readLimitRange,
  readPriorityClass,
  readResourceQuota,
  readRuntimeClass,
  type LimitRange,
  type PriorityClass,
  type ResourceQuota,
  type RuntimeClass,
} from '../read-policies.js';
import type { JsonObject, Pod } from '../types.js';
import type { AdmissionError } from './admission-error.js';
import { checkLimitRanges, withLimitRangeDefaults } from './limit-ranger.js';
import { admitPriority } from './priority.js';
import type { QuotaLedger } from './resource-quota.js';
import { admitRuntimeClass } from './runtime-class.js';

/** What a cluster admits by; LimitRanges and quotas by namespace, each in the order of names. */
export interface AdmissionPolicies {
  readonly limitRanges: ReadonlyMap<string, readonly LimitRange[]>;
  readonly quotas: ReadonlyMap<string, readonly ResourceQuota[]>;
  readonly priorityClasses: readonly PriorityClass[];
  readonly runtimeClasses: readonly RuntimeClass[];
}

/** From stored manifests of any kind; other kinds are passed over. What cannot be read in one counts as absent. */
export function readPolicies(manifests: Iterable<JsonObject>): AdmissionPolicies {
  const limitRanges = new Map<string, LimitRange[]>();
  const quotas = new Map<string, ResourceQuota[]>();
  const priorityClasses: PriorityClass[] = [];
  const runtimeClasses: RuntimeClass[] = [];
  const faults = new Faults();
  for (const manifest of manifests) {
    const namespace = metadataText(manifest, 'namespace') ?? 'default';
    switch (manifest['kind']) {
      case 'LimitRange':
        insert(limitRanges, namespace, readLimitRange(manifest, faults));
        break;
      case 'ResourceQuota':
        insert(quotas, namespace, readResourceQuota(manifest, faults));
        break;
      case 'PriorityClass':
        priorityClasses.push(readPriorityClass(manifest, faults));
        break;
      case 'RuntimeClass':
        runtimeClasses.push(readRuntimeClass(manifest, faults));
        break;
      default:
    }
  }
  for (const list of [...limitRanges.values(), ...quotas.values()]) list.sort(byName);
  return { limitRanges, quotas, priorityClasses, runtimeClasses };
}

interface Named {
  readonly metadata: { readonly name: string };
}

function insert<T extends Named>(lists: Map<string, T[]>, namespace: string, item: T): void {
  const list = lists.get(namespace);
  if (list === undefined) lists.set(namespace, [item]);
  else list.push(item);
}

function byName(a: Named, b: Named): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

export interface AdmittedPod {
  /** As the API server would store it. */
  readonly pod: Pod;
  /** One an offence. Empty: admitted. */
  readonly errors: readonly AdmissionError[];
  readonly warnings: readonly string[];
}

/**
 * @param pod defaulted (`defaultPod`), its `matchLabelKeys` expanded; not one that a real cluster has admitted
 * @param ledger quotas of the pod's namespace with what is used of them; without it quota is not checked
 */
export function admitPod(pod: Pod, policies: AdmissionPolicies, ledger?: QuotaLedger): AdmittedPod {
  const limitRanges = policies.limitRanges.get(pod.metadata.namespace) ?? [];
  const priority = admitPriority(withLimitRangeDefaults(pod, limitRanges), policies.priorityClasses);
  const runtime = admitRuntimeClass(priority.pod, policies.runtimeClasses);
  const quotaErrors = ledger === undefined || ledger.isEmpty ? [] : ledger.check(ledger.claim(runtime.pod));
  return {
    pod: runtime.pod,
    errors: [...checkLimitRanges(runtime.pod, limitRanges), ...priority.errors, ...runtime.errors, ...quotaErrors],
    warnings: [...priority.warnings, ...runtime.warnings],
  };
}
