/**
 * DefaultPreemption: which pods of lower priority would have to go, and from which node, so that the pod fits. A dry run:
 * nothing changes. SEMANTICS 8.
 */
import { compileLabelSelector, matches, readLabelSelector, type Selector } from '../../kubernetes/selectors.js';
import type { JsonObject } from '../../kubernetes/types.js';
import { compareBytes } from '../bytes.js';
import { eventMessage, filterMessage } from '../fit-error.js';
import { PodFlag } from '../model-change.js';
import type { ClusterModel } from '../model.js';
import { filterNode } from '../prepare.js';
import type { ScheduleResult } from '../schedule-result.js';

export interface Preemption {
  /** Slot of the node that would be nominated; -1: preemption does not help. */
  readonly node: number;
  /** Pod slots of the model, by namespace and name. */
  readonly victims: readonly number[];
  /** The whole sentence of the FailedScheduling event. */
  readonly message: string;
}

/** One node where preemption would help. */
interface Candidate {
  readonly node: number;
  /** Most important first. */
  readonly victims: readonly number[];
  readonly violations: number;
}

const never = 'preemption: not eligible due to preemptionPolicy=Never.';
const terminating = 'preemption: not eligible due to a terminating pod on the nominated node.';
const noVictims = 'No preemption victims found for incoming pod';
const notHelpful = 'Preemption is not helpful for scheduling';

/** @param result a cycle without a feasible node */
export function preempt(result: ScheduleResult): Preemption {
  const { model, prepared } = result;
  const { cycle } = prepared;
  const message = result.message() ?? '';
  const claims = cycle.profile.postFilters.includes('DynamicResources');
  const none = (text: string): Preemption => ({ node: -1, victims: [], message: eventMessage(message, text, claims) });
  if (result.nodes === 0 || !cycle.profile.postFilters.includes('DefaultPreemption')) {
    return { node: -1, victims: [], message };
  }
  if (cycle.podClass.source.preemptionPolicy === 'Never') return none(never);
  if (waitsForVictims(result)) return none(terminating);

  const budgets = readBudgets(model);
  const reasons = new Map<string, number>();
  const candidates: Candidate[] = [];
  for (const slot of model.nodeSlots()) {
    const rejection = result.rejection(slot);
    if (rejection === null) continue;
    if (rejection.code === 'UnschedulableAndUnresolvable') {
      reasons.set(notHelpful, (reasons.get(notHelpful) ?? 0) + 1);
      continue;
    }
    const outcome = selectVictims(result, slot, budgets);
    if ('victims' in outcome) candidates.push(outcome);
    else for (const reason of outcome.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const chosen = pickNode(model, candidates);
  if (chosen === undefined) return none(`preemption: ${filterMessage(result.nodes, reasons)}`);
  return {
    node: chosen.node,
    victims: [...chosen.victims].sort((a, b) => model.comparePods(a, b)),
    message,
  };
}

/** The pod was nominated before, and pods of lower priority that the scheduler preempted are still going there. */
function waitsForVictims(result: ScheduleResult): boolean {
  const { model, prepared } = result;
  const { subject, podClass } = prepared.cycle;
  if (subject.nominatedNodeName === '') return false;
  const node = model.nodeSlot(subject.nominatedNodeName);
  if (node < 0 || result.rejection(node)?.code === 'UnschedulableAndUnresolvable') return false;
  return model.podSlotsOn(node).some((pod) => {
    const flags = model.podFlagsOf(pod);
    const isVictim = (flags & PodFlag.terminating) !== 0 && (flags & PodFlag.preempted) !== 0;
    return isVictim && model.classOfPod(pod).priority < podClass.priority;
  });
}

/** Reprieves, most important first, what may stay; the rest are the victims. */
function selectVictims(
  result: ScheduleResult,
  node: number,
  budgets: readonly Budget[],
): Candidate | { readonly reasons: readonly string[] } {
  const { model, prepared } = result;
  const { priority } = prepared.cycle.podClass;
  const potential = model.podSlotsOn(node).filter((pod) => model.classOfPod(pod).priority < priority);
  if (potential.length === 0) return { reasons: [noVictims] };
  const overlay: { pod: number; sign: 1 | -1 }[] = potential.map((pod) => ({ pod, sign: -1 }));
  const nominated = result.nominatedOverlay(node);
  const refusal = (): readonly string[] | null => {
    if (nominated !== null) {
      const first = filterNode(prepared, node, [...overlay, ...nominated]);
      if (first !== null) return first.reasons;
    }
    return filterNode(prepared, node, overlay)?.reasons ?? null;
  };
  const refused = refusal();
  if (refused !== null) return { reasons: refused };

  potential.sort((a, b) => compareImportance(model, a, b));
  const { violating, others } = splitByBudgets(model, potential, budgets);
  const victims: number[] = [];
  let violations = 0;
  const reprieve = (pod: number): boolean => {
    overlay.push({ pod, sign: 1 });
    if (refusal() === null) return true;
    overlay.push({ pod, sign: -1 });
    victims.push(pod);
    return false;
  };
  for (const pod of violating) if (!reprieve(pod)) violations++;
  for (const pod of others) reprieve(pod);
  victims.sort((a, b) => compareImportance(model, a, b));
  return { node, victims, violations };
}

/** Higher priority first, then the earlier started; a pod that has not started counts as started now. */
function compareImportance(model: ClusterModel, a: number, b: number): number {
  return (
    model.classOfPod(b).priority - model.classOfPod(a).priority ||
    startTime(model, a) - startTime(model, b) ||
    model.comparePods(a, b)
  );
}

/** Later than any real time for a pod that has not started; finite, so that two of them compare equal. */
const now = Number.MAX_SAFE_INTEGER;

function startTime(model: ClusterModel, pod: number): number {
  const time = model.podStartTime(pod);
  return Number.isNaN(time) ? now : time;
}

// ---- choosing the node

/** First difference wins: budgets violated, highest victim's priority, sum of priorities, victims, start time, name. */
function pickNode(model: ClusterModel, candidates: readonly Candidate[]): Candidate | undefined {
  const rank = (candidate: Candidate): number[] => {
    const priorities = candidate.victims.map((pod) => model.classOfPod(pod).priority);
    const highest = priorities[0] ?? Number.NEGATIVE_INFINITY;
    const sum = priorities.reduce((total, priority) => total + priority + 2147483648, 0);
    const starts = candidate.victims
      .filter((pod) => model.classOfPod(pod).priority === highest)
      .map((pod) => startTime(model, pod));
    return [candidate.violations, highest, sum, candidate.victims.length, -Math.min(...starts)];
  };
  let best: { candidate: Candidate; rank: number[] } | undefined;
  for (const candidate of candidates) {
    const ranked = rank(candidate);
    if (best === undefined || isBefore(ranked, best.rank)) best = { candidate, rank: ranked };
  }
  return best?.candidate;
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value < b[i]!;
  return false;
}

// ---- disruption budgets

export interface Budget {
  readonly namespace: string;
  readonly selector: Selector;
  readonly disruptionsAllowed: number;
  readonly disrupted: ReadonlySet<string>;
}

export function readBudgets(model: ClusterModel): Budget[] {
  return model.objects.list('policy', 'PodDisruptionBudget').map(({ namespace, object }) => {
    const status = member(object, 'status');
    const allowed = status['disruptionsAllowed'];
    return {
      namespace,
      selector: compileLabelSelector(readLabelSelector(member(object, 'spec')['selector'])),
      disruptionsAllowed: typeof allowed === 'number' ? allowed : 0,
      disrupted: new Set(Object.keys(member(status, 'disruptedPods'))),
    };
  });
}

function member(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

/** Pods, in the order given, whose going would exceed a budget, and the others. Both keep their order. */
export function splitByBudgets(
  model: ClusterModel,
  pods: readonly number[],
  budgets: readonly Budget[],
): { readonly violating: number[]; readonly others: number[] } {
  const left = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed);
  const violating: number[] = [];
  const others: number[] = [];
  for (const pod of pods) {
    const { namespace } = model.classOfPod(pod);
    const labels = model.podLabels(pod);
    let violates = false;
    if (Object.keys(labels).length > 0) {
      budgets.forEach((budget, i) => {
        if (budget.namespace !== namespace || budget.selector === null || budget.selector.length === 0) return;
        if (!matches(budget.selector, labels) || budget.disrupted.has(model.podName(pod))) return;
        left[i]!--;
        if (left[i]! < 0) violates = true;
      });
    }
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** Names of pods, sorted bytewise. */
export function victimNames(model: ClusterModel, victims: readonly number[]): string[] {
  return victims.map((pod) => model.podKey(pod)).sort(compareBytes);
}
