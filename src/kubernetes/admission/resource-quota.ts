/**
 * ResourceQuota (`pkg/quota/v1/evaluator/core/pods.go`, `apiserver/pkg/admission/plugin/resourcequota`; SEMANTICS 10.2).
 *
 * What is used is counted here from the pods of the namespace, not taken from `status.used`: a what-if, a reservation or
 * an import may have changed it. `status.hard` is not looked at either: `spec.hard` is what the controller copies into it.
 */
import { chargedRequests, effectiveLimits, hasPodLevelResources } from '../effective.js';
import { qosClass } from '../qos.js';
import { Quantity, type QuantityFormat } from '../quantity.js';
import type { ResourceQuota, ScopeRequirement } from '../read-policies.js';
import type { Pod, PodAffinityTerm, ResourceList } from '../types.js';
import type { AdmissionError } from './admission-error.js';

const one = Quantity.ofValue(1);

/** Quota keys → amounts. A pod that has ended counts as an object only. */
export function podQuotaUsage(pod: Pod): ResourceList {
  const usage = new Map<string, Quantity>([['count/pods', one]]);
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return usage;
  usage.set('pods', one);
  addResourceUsage(usage, chargedRequests(withoutPodLevelStatus(pod)), effectiveLimits(pod));
  return usage;
}

/** Quota counts in-place resizes of containers, but pod-level resources from the spec alone. */
function withoutPodLevelStatus(pod: Pod): Pod {
  if (pod.status.resources === undefined && pod.status.allocatedResources === undefined) return pod;
  return { ...pod, status: { ...pod.status, resources: undefined, allocatedResources: undefined } };
}

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);

function addResourceUsage(usage: Map<string, Quantity>, requests: ResourceList, limits: ResourceList): void {
  for (const [name, amount] of requests) {
    if (standard.has(name) || name.startsWith('hugepages-')) {
      usage.set(name, amount);
      usage.set(`requests.${name}`, amount);
    } else if (isExtended(name)) {
      usage.set(`requests.${name}`, amount);
    }
  }
  for (const [name, amount] of limits) if (standard.has(name)) usage.set(`limits.${name}`, amount);
}

/** A name with a domain other than kubernetes.io's own. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

const podKeys = new Set([
  'pods',
  'count/pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);

/** Whether pods count towards a quota key at all. */
function isPodKey(key: string): boolean {
  if (podKeys.has(key) || key.startsWith('hugepages-') || key.startsWith('requests.hugepages-')) return true;
  return key.startsWith('requests.') && isExtended(key.slice('requests.'.length));
}

function matchesScope({ scopeName, operator, values }: ScopeRequirement, pod: Pod): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosOf(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosOf(pod) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return namesOtherNamespaces(pod);
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName;
      if (operator === 'In') return values.includes(name) && name !== '';
      if (operator === 'NotIn') return name === '' || !values.includes(name);
      return operator === 'Exists' ? name !== '' : operator === 'DoesNotExist' && name === '';
    }
    default:
      return false;
  }
}

/** `status.qosClass` is stamped at create and used from then on. */
function qosOf(pod: Pod): string {
  return pod.status.qosClass ?? qosClass(pod);
}

function namesOtherNamespaces({ spec: { affinity } }: Pod): boolean {
  const crosses = ({ namespaces, namespaceSelector }: PodAffinityTerm): boolean =>
    namespaces.length > 0 || namespaceSelector !== null;
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some(
    (kind) =>
      kind !== undefined &&
      (kind.required.some(crosses) || kind.preferred.some(({ podAffinityTerm }) => crosses(podAffinityTerm))),
  );
}

/** Fields that containers must set while a quota limits cpu or memory. */
const required = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/** `must specify limits.cpu for: a,b; requests.memory for: c`, or undefined. */
function missingFields(pod: Pod, hard: ResourceList): string | undefined {
  const keys = required.filter((key) => hard.has(key));
  if (keys.length === 0 || hasPodLevelResources(pod.spec)) return undefined;
  const containers = [...pod.spec.containers, ...pod.spec.initContainers].map(({ name, resources }) => {
    const usage = new Map<string, Quantity>();
    addResourceUsage(usage, resources.requests, resources.limits);
    return { name, usage };
  });
  const parts = keys.flatMap((key) => {
    const names = [...new Set(containers.filter(({ usage }) => !usage.has(key)).map(({ name }) => name))].sort();
    return names.length === 0 ? [] : [`${key} for: ${names.join(',')}`];
  });
  return parts.length === 0 ? undefined : `must specify ${parts.join('; ')}`;
}

interface CompiledQuota {
  readonly quota: ResourceQuota;
  readonly object: string;
  /** Keys that pods count towards, sorted; amounts in thousandths at the same places. */
  readonly keys: readonly string[];
  readonly hard: readonly bigint[];
}

/** What one pod takes of one quota: places in its keys and amounts in thousandths, zeros left out. */
interface QuotaShare {
  readonly quota: number;
  readonly places: readonly number[];
  readonly amounts: readonly bigint[];
  /** What the amounts are printed in: the pod's own. */
  readonly formats: readonly QuantityFormat[];
}

/** A pod as one ledger and its forks see it: compiled once, charged and checked any number of times. */
export interface QuotaClaim {
  readonly shares: readonly QuotaShare[];
  /** Refusals that do not depend on what is used: fields that a quota makes obligatory. */
  readonly errors: readonly AdmissionError[];
}

/**
 * The quotas of one namespace and what is used of them. `fork` it to try: charging changes it.
 *
 *     const ledger = new QuotaLedger(quotas);
 *     for (const pod of podsOfNamespace) ledger.charge(ledger.claim(pod));
 *     const claim = ledger.claim(subject);
 *     ledger.check(claim);   // what would be refused now
 *     ledger.room(claim);    // how many such pods are still admitted
 */
export class QuotaLedger {
  readonly #quotas: readonly CompiledQuota[];
  readonly #used: bigint[][];
  /** Of what is used: a sum is printed in the format of its first addend, as by upstream's `Quantity.Add`. */
  readonly #formats: QuantityFormat[][];

  /** @param quotas of one namespace; checked in the order of their names, as the API server lists them */
  constructor(quotas: readonly ResourceQuota[]) {
    this.#quotas = [...quotas]
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0))
      .map(compile);
    this.#used = this.#quotas.map(({ keys }) => keys.map(() => 0n));
    this.#formats = this.#quotas.map(({ keys }) => keys.map(() => 'DecimalSI'));
  }

  get isEmpty(): boolean {
    return this.#quotas.length === 0;
  }

  fork(): QuotaLedger {
    const copy = new QuotaLedger(this.#quotas.map(({ quota }) => quota));
    for (const [index, used] of this.#used.entries()) copy.#used[index] = [...used];
    for (const [index, formats] of this.#formats.entries()) copy.#formats[index] = [...formats];
    return copy;
  }

  /** The pod must be as created: defaulted, and past LimitRanger and RuntimeClass. */
  claim(pod: Pod): QuotaClaim {
    const usage = podQuotaUsage(pod);
    const shares: QuotaShare[] = [];
    const errors: AdmissionError[] = [];
    for (const [index, { quota, object, keys }] of this.#quotas.entries()) {
      if (keys.length === 0 || !quota.scopes.every((scope) => matchesScope(scope, pod))) continue;
      const missing = missingFields(pod, quota.hard);
      if (missing !== undefined) {
        errors.push({ source: 'ResourceQuota', object, message: `failed quota: ${quota.metadata.name}: ${missing}` });
      }
      const places: number[] = [];
      const amounts: bigint[] = [];
      const formats: QuantityFormat[] = [];
      for (const [place, key] of keys.entries()) {
        const quantity = usage.get(key);
        if (quantity === undefined || quantity.isZero()) continue;
        places.push(place);
        amounts.push(quantity.milliValue());
        formats.push(quantity.format);
      }
      if (places.length > 0) shares.push({ quota: index, places, amounts, formats });
    }
    return { shares, errors };
  }

  /** Counts `pods` pods of the claim; a negative number gives them back. */
  charge({ shares }: QuotaClaim, pods = 1): void {
    const times = BigInt(pods);
    for (const { quota, places, amounts, formats } of shares) {
      const used = this.#used[quota]!;
      for (let index = 0; index < places.length; index++) {
        const place = places[index]!;
        if (used[place] === 0n) this.#formats[quota]![place] = formats[index]!;
        used[place]! += amounts[index]! * times;
      }
    }
  }

  /** What the API server would refuse one more pod of the claim for; empty when it is admitted. */
  check(claim: QuotaClaim): readonly AdmissionError[] {
    const errors = [...claim.errors];
    for (const share of claim.shares) {
      const exceeded = this.#exceeded(share);
      if (exceeded.length > 0) errors.push(this.#refusal(share, exceeded));
    }
    return errors;
  }

  /** Whether one more pod of the claim is admitted: `check` without the sentences. */
  admits({ shares, errors }: QuotaClaim): boolean {
    return errors.length === 0 && shares.every((share) => this.#exceeded(share).length === 0);
  }

  /** How many more pods of the claim are admitted one after another; Infinity when no quota bounds them. */
  room({ shares, errors }: QuotaClaim): number {
    if (errors.length > 0) return 0;
    let room = Infinity;
    for (const { quota, places, amounts } of shares) {
      for (let index = 0; index < places.length; index++) {
        const place = places[index]!;
        const left = this.#quotas[quota]!.hard[place]! - this.#used[quota]![place]!;
        room = Math.min(room, left < 0n ? 0 : Number(left / amounts[index]!));
      }
    }
    return room;
  }

  /** Indexes into the share's places whose key would go beyond its hard limit. */
  #exceeded({ quota, places, amounts }: QuotaShare): number[] {
    const { hard } = this.#quotas[quota]!;
    const used = this.#used[quota]!;
    const exceeded: number[] = [];
    for (let index = 0; index < places.length; index++) {
      const place = places[index]!;
      if (used[place]! + amounts[index]! > hard[place]!) exceeded.push(index);
    }
    return exceeded;
  }

  #refusal({ quota: index, places, amounts, formats }: QuotaShare, exceeded: readonly number[]): AdmissionError {
    const { quota, object, keys } = this.#quotas[index]!;
    const used = this.#used[index]!;
    const usedFormats = this.#formats[index]!;
    const printed = (amountAt: (at: number, place: number) => Quantity): string =>
      exceeded.map((at) => `${keys[places[at]!]!}=${amountAt(at, places[at]!).toString()}`).join(',');
    const requested = printed((at) => ofMilli(amounts[at]!, formats[at]!));
    const usedText = printed((_, place) => ofMilli(used[place]!, usedFormats[place]!));
    const limited = printed((_, place) => quota.hard.get(keys[place]!)!);
    const message = `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${usedText}, limited: ${limited}`;
    return { source: 'ResourceQuota', object, message };
  }
}

function ofMilli(amount: bigint, format: QuantityFormat): Quantity {
  return Quantity.ofNanos(amount * 1_000_000n, format);
}

function compile(quota: ResourceQuota): CompiledQuota {
  const keys = [...quota.hard.keys()].filter(isPodKey).sort();
  return {
    quota,
    object: `ResourceQuota/${quota.metadata.namespace}/${quota.metadata.name}`,
    keys,
    hard: keys.map((key) => quota.hard.get(key)!.milliValue()),
  };
}
