/**
 * Choosing the nodes of claims on a draft of the model: what `fit` would choose, taken at once (API.md 5). Pure.
 *
 * Claims are decided one after another on the same draft, which the store changes in between and which lives on from
 * batch to batch. A desk keeps what it found out for the claims before: scores of their classes, what their namespaces'
 * quotas have left, and refusals, which stay true until something is placed. It follows reservations that are granted,
 * here or by another replica; after anything else a new desk begins.
 */
import type { QuotaLedger } from '../kubernetes/admission/resource-quota.js';
import { forbidden, quotaLedger, refusalOf } from '../planning/admission.js';
import type { Admission } from '../planning/common.js';
import { profileOrDefault } from '../planning/profiles.js';
import { amountText } from '../planning/quantities.js';
import type { Subject } from '../planning/subject.js';
import { compilePod, runCycle } from '../scheduler/cycle.js';
import type { ClusterModel } from '../scheduler/model.js';
import { PodFlag, podPhases, type ModelChange, type PodRecord } from '../scheduler/model-change.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import { amountOf, podClass } from '../scheduler/pod-class.js';
import { CPU, EPHEMERAL_STORAGE, MEMORY, resourceName } from '../scheduler/resources.js';
import type { ScheduleResult } from '../scheduler/schedule-result.js';
import { Sequence } from '../scheduler/sequence.js';

/** One pod that room is wanted for. */
export interface Wish {
  /** Of the reservation to be. */
  readonly id: string;
  readonly subject: Subject;
  /** Which of the subject's pods it is. */
  readonly index: number;
  readonly pod: PodRecord;
  /** The only node that will do; null: the best one. */
  readonly node: string | null;
}

export interface Refusal {
  /** kube-scheduler's sentence, or the API server's. */
  readonly refused: string;
  /** How much the roomiest node (or the given one) is short of, resource by resource. */
  readonly shortfall: Readonly<Record<string, string>>;
  /** What the API server would refuse the pod for. */
  readonly admission?: Admission;
}

export type Choice = { readonly node: string } | Refusal;

/** Placements that a desk takes in before a new one begins: its sequence keeps each of them. */
const PLACEMENTS_A_DESK = 50_000;

const desks = new WeakMap<ClusterModel, ClaimDesk>();

/** The desk of a draft: the one that decided the claims before when nothing but grants has changed since. */
export function claimDesk(model: ClusterModel): ClaimDesk {
  let desk = desks.get(model);
  if (desk === undefined || !desk.catchUp()) desks.set(model, (desk = new ClaimDesk(model)));
  return desk;
}

export class ClaimDesk {
  private readonly sequence: Sequence;
  private readonly ledgers = new Map<string, QuotaLedger | null>();
  private readonly refusals = new Map<string, Refusal>();
  /** Chosen here and not seen in the model yet, by the reservation's id. */
  private readonly awaited = new Map<string, Wish>();
  private placements = 0;
  /** `model.changes` when the desk last looked. */
  private changes: number;

  constructor(private readonly model: ClusterModel) {
    this.sequence = new Sequence(model);
    this.changes = model.changes;
  }

  /** Takes in what was granted since; false when anything else has changed the model. */
  catchUp(): boolean {
    const { model, awaited } = this;
    const granted = model.grantedSince(this.changes);
    if (granted === null || this.placements > PLACEMENTS_A_DESK) return false;
    for (const { id, pod } of granted) if (!this.take(pod, awaited.get(id))) return false;
    this.changes = model.changes;
    // What was chosen and is not there now never will be: the store refused the whole request.
    awaited.clear();
    return true;
  }

  /** Decides one claim and leaves the model as it is: the caller applies `claimChange`, or does not. */
  choose(wish: Wish): Choice {
    const { model } = this;
    const { pod } = wish;
    const refused = this.refuseAdmission(wish);
    if (refused !== null) return refused;
    const known = refusalKey(wish);
    const before = this.refusals.get(known);
    if (before !== undefined) return before;

    const record = { ...pod, nodeName: wish.node ?? '' };
    const compiled = compilePod(record, profileOrDefault(model, record), { keepNodeName: wish.node !== null });
    if (compiled.podClass.source.schedulingGates !== undefined) {
      return { refused: gatedCondition.message, shortfall: {} };
    }
    let result: ScheduleResult | null = null;
    let slot: number;
    if (wish.node === null) slot = this.sequence.pick(compiled);
    else {
      result = runCycle(model, compiled, { scores: false });
      slot = result.feasible[0] ?? -1;
    }
    if (slot < 0) {
      result ??= runCycle(model, compiled);
      const refusal = {
        refused: result.message() ?? 'no node can take it',
        shortfall: shortfall(model, pod, wish.node),
      };
      // Nominated pods make room for the pod of their own name: that answer is this pod's alone.
      if (model.nominatedPods().length === 0) this.refusals.set(known, refusal);
      return refusal;
    }
    this.awaited.set(wish.id, wish);
    return { node: model.nodeName(slot) };
  }

  /** @param wish what the desk chose the node for; absent: it was granted elsewhere */
  private take(pod: PodRecord, wish: Wish | undefined): boolean {
    const { model } = this;
    const slot = model.nodeSlot(pod.nodeName);
    if (slot < 0) return false;
    this.placements++;
    this.sequence.adopt(compilePod(pod, profileOrDefault(model, pod)), slot);
    this.refusals.clear();
    const ledger = this.ledgers.get(pod.namespace);
    if (wish === undefined) this.ledgers.delete(pod.namespace);
    else ledger?.charge(ledger.claim(wish.subject.pod));
    return true;
  }

  /** What a real cluster has admitted, and what is stored and waits, is not judged again: quotas count it already. */
  private refuseAdmission({ subject, pod }: Wish): Refusal | null {
    const { namespace, name } = pod;
    if ((pod.flags & PodFlag.observed) !== 0 || this.model.podSlot(namespace, name) >= 0) return null;
    let admission = refusalOf(subject.admission);
    if (admission === null) {
      const ledger = this.ledgerOf(namespace);
      if (ledger === null) return null;
      const errors = ledger.check(ledger.claim(subject.pod));
      if (errors.length === 0) return null;
      admission = { allowed: false, errors };
    }
    return { refused: forbidden(name, admission), shortfall: {}, admission };
  }

  private ledgerOf(namespace: string): QuotaLedger | null {
    let ledger = this.ledgers.get(namespace);
    if (ledger === undefined) this.ledgers.set(namespace, (ledger = quotaLedger(this.model, namespace)));
    return ledger;
  }
}

function refusalKey({ pod, node }: Wish): string {
  return `${node ?? ''}\n${pod.ownLabels ?? ''}\n${pod.shape}`;
}

/** A pod that has its node already would count twice: for itself, and for what is promised to it. */
export function boundAlready(model: ClusterModel, { namespace, name }: PodRecord): Refusal | null {
  const pod = model.pod(namespace, name);
  if (pod === undefined || pod.nodeName === '') return null;
  const phase = podPhases[pod.flags & PodFlag.phaseMask];
  // one that has ended may be made anew under its name
  if (phase === 'Succeeded' || phase === 'Failed') return null;
  return { refused: `the pod is on node "${pod.nodeName}" already`, shortfall: {} };
}

/** How much the roomiest node (or the given one) is short of, resource by resource. */
function shortfall(model: ClusterModel, pod: PodRecord, node: string | null): Record<string, string> {
  const { requests } = podClass(pod.shape);
  const slots = node === null ? model.nodeSlots() : [model.nodeSlot(node)].filter((slot) => slot >= 0);
  const short: Record<string, string> = {};
  const compare = (name: string, asked: number, free: (slot: number) => number): void => {
    let most = -Infinity;
    for (const slot of slots) most = Math.max(most, free(slot));
    if (most > -Infinity && most < asked) short[name] = amountText(name, asked - most);
  };
  // Every resource of the pod is looked at: what no node has at all it is short of as a whole.
  for (const id of [CPU, MEMORY, EPHEMERAL_STORAGE, ...requests.scalars.map((scalar) => scalar.id)]) {
    const asked = amountOf(requests, id);
    if (asked === 0) continue;
    compare(
      resourceName(id),
      asked,
      (slot) => (model.allocatable[id]?.[slot] ?? 0) - (model.requested[id]?.[slot] ?? 0),
    );
  }
  compare('pods', 1, (slot) => model.allocatablePods[slot]! - model.podCounts[slot]!);
  return short;
}

export function claimChange(id: string, pod: PodRecord): ModelChange {
  return { type: 'reservation', id, reservation: { id, pod } };
}
