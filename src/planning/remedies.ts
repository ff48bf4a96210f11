/**
 * The smallest changes that would make a pod fit that fits nowhere. For every node, each failing plugin has a fix or none;
 * the fixes of one node together are a proposal. Proposals of one kind compete, the cheapest of each kind are tried by
 * asking `fit` again with them, and only what then fits is shown: cheapest first, at most five.
 *
 * Costs are an order, not money: what the running pod does not feel (an init container's request) is cheapest, then what
 * loosens a wish (tolerations, cordons, selectors, spread, affinity), then less room for the pod, then other pods'
 * places, then a new machine.
 */
import { isObject, podSpecPath } from '../kubernetes/manifests.js';
import { toleratedBy } from '../kubernetes/tolerations.js';
import type { JsonObject, Taint } from '../kubernetes/types.js';
import type { ScheduleResult } from '../scheduler/schedule-result.js';
import type { Detail } from '../scheduler/framework.js';
import { readBudgets, splitByBudgets } from '../scheduler/plugins/default-preemption.js';
import type { Budget } from '../scheduler/plugins/default-preemption.js';
import { amountOf } from '../scheduler/pod-class.js';
import { resourceId } from '../scheduler/resources.js';
import type { FitAnswer, Remedy, RemedyKind } from './answers.js';
import { PlanningError } from './errors.js';
import { lowerTo } from './lower-request.js';
import type { ContainerRequest } from './lower-request.js';
import { addTolerations, dropPodAffinityTerms, lowerContainers, relaxSelector, relaxSpread } from './pod-spec-edits.js';
import type { RequestEdit } from './pod-spec-edits.js';
import { amountText, bytewise } from './quantities.js';
import type { WhatIfOperation } from './request.js';
import type { Subject } from './subject.js';
import { goesWithNode } from './workload-pods.js';

const SHOWN = 5;
const TRIED = 30;
const MOST_PODS_FREED = 20;

const COST: Readonly<Record<RemedyKind, number>> = {
  lowerRequest: 5,
  addToleration: 2,
  uncordon: 2.5,
  removeNodeName: 2,
  relaxSelector: 3,
  relaxSpread: 3,
  relaxAffinity: 4,
  relaxAntiAffinity: 4,
  freePods: 10,
  addNode: 20,
};

const INIT_ONLY_COST = 1;

/** One change that takes one obstacle away. */
interface Fix {
  readonly kind: RemedyKind;
  readonly cost: number;
  /** What proposals compete by: the same change on another node. */
  readonly signature: string;
  readonly operation: WhatIfOperation;
  /** Imperative, without a full stop: `tolerate the taint …`. */
  readonly text: string;
}

interface Proposal {
  readonly kind: RemedyKind;
  readonly cost: number;
  readonly signature: string;
  readonly node: string;
  readonly operations: readonly WhatIfOperation[];
  readonly text: string;
}

/**
 * @param result a cycle without a feasible node
 * @param whatIf the operations that the question already has
 * @param retry the question again with these operations
 */
export function remedies(
  result: ScheduleResult,
  subject: Subject,
  whatIf: readonly WhatIfOperation[],
  retry: (whatIf: readonly WhatIfOperation[]) => FitAnswer,
): Remedy[] {
  const budgets = readBudgets(result.model);
  const proposals = cheapestByKind(
    [...result.model.nodeSlots()].flatMap((slot) => new NodeFixes(result, subject, slot, budgets).proposals()),
  );
  const shown: Remedy[] = [];
  let tried = 0;
  const attempt = (proposal: Proposal): boolean => {
    if (tried++ >= TRIED) return false;
    const node = nodeAfter([...whatIf, ...proposal.operations], retry);
    if (node === null) return false;
    const { kind, operations, text } = proposal;
    shown.push({ kind, whatIf: operations, node, sentence: `${text}: then ${node} takes the pod.` });
    return true;
  };
  for (const proposal of proposals) {
    if (shown.length === SHOWN - 1) break;
    attempt(proposal);
  }
  // The last place is for a new machine, the dearest of all.
  for (const proposal of newNodes(result)) if (attempt(proposal)) break;
  return shown;
}

function nodeAfter(
  whatIf: readonly WhatIfOperation[],
  retry: (whatIf: readonly WhatIfOperation[]) => FitAnswer,
): string | null {
  try {
    return retry(whatIf).node;
  } catch (error) {
    // A change that makes the pod invalid is no remedy.
    if (error instanceof PlanningError) return null;
    throw error;
  }
}

function cheapestByKind(proposals: readonly Proposal[]): Proposal[] {
  const cheapest = new Map<string, Proposal>();
  for (const proposal of proposals) {
    const known = cheapest.get(proposal.signature);
    if (known === undefined || compare(proposal, known) < 0) cheapest.set(proposal.signature, proposal);
  }
  return [...cheapest.values()].sort(compare);
}

function compare(a: Proposal, b: Proposal): number {
  return a.cost - b.cost || bytewise(a.node, b.node) || bytewise(a.signature, b.signature);
}

/** One more of each make of node, the smallest first: nodes that differ in name and hostname alone are of one make. */
function newNodes({ model }: ScheduleResult): Proposal[] {
  const makes = new Map<string, { name: string; cpu: number }>();
  for (const slot of model.nodeSlots()) {
    const { metadata, spec } = model.node(slot);
    const { 'kubernetes.io/hostname': _, ...labels } = metadata.labels;
    const allocatable = [...model.allocatableOf(slot)].map(([name, value]) => `${name}=${value}`);
    const make = JSON.stringify([Object.entries(labels).sort(([a], [b]) => bytewise(a, b)), spec.taints, allocatable]);
    if (!makes.has(make)) makes.set(make, { name: model.nodeName(slot), cpu: model.allocatable[0]?.[slot] ?? 0 });
  }
  return [...makes.values()]
    .sort((a, b) => a.cpu - b.cpu || bytewise(a.name, b.name))
    .map(({ name }) => ({
      kind: 'addNode',
      cost: COST.addNode,
      signature: `addNode ${name}`,
      node: name,
      operations: [{ op: 'addNodes', count: 1, like: name }],
      text: `Add a node like ${name}`,
    }));
}

/** The fixes that would let one node take the pod. */
class NodeFixes {
  private readonly node: string;
  private readonly spec: JsonObject;
  private readonly path: readonly string[];

  constructor(
    private readonly result: ScheduleResult,
    private readonly subject: Subject,
    private readonly slot: number,
    private readonly budgets: readonly Budget[],
  ) {
    this.node = result.model.nodeName(slot);
    this.path = podSpecPath(subject.kind) ?? ['spec'];
    let spec: JsonObject = subject.manifest;
    for (const member of this.path) {
      const inner = spec[member];
      spec = isObject(inner) ? inner : {};
    }
    this.spec = spec;
  }

  /** One with each way to find room; none when some obstacle has no fix. */
  proposals(): Proposal[] {
    const obstacles: Fix[] = [];
    const room: Detail[] = [];
    const details = this.result.explain(this.slot).flatMap((explanation) => {
      // Nominated pods alone are in the way, or the whole pod is refused: the node itself has no numbers.
      if (explanation.details.length > 0) return explanation.details;
      return explanation.plugin === 'NodeAffinity' ? [WRONG_SELECTOR] : [UNFIXABLE];
    });
    const cordoned = details.some(({ type }) => type === 'unschedulable');
    for (const detail of details) {
      if (detail.type === 'notSelected') continue;
      if (detail.type === 'insufficient' || detail.type === 'tooManyPods') {
        room.push(detail);
        continue;
      }
      const fix = this.fixOf(detail, cordoned);
      if (fix === null) return [];
      if (fix !== undefined && !obstacles.some(({ signature }) => signature === fix.signature)) obstacles.push(fix);
    }
    const ways =
      room.length === 0
        ? [[]]
        : [this.lowered(room), this.freed(room, namesFreedBy(obstacles))].filter((way) => way !== null);
    return ways.flatMap((way) => this.proposal([...obstacles, ...way]));
  }

  private proposal(fixes: readonly Fix[]): Proposal[] {
    if (fixes.length === 0) return [];
    let dearest = fixes[0]!;
    let cost = 0;
    for (const fix of fixes) {
      cost += fix.cost;
      if (fix.cost > dearest.cost) dearest = fix;
    }
    const text = fixes.map((fix) => fix.text).join(', and ');
    return [
      {
        kind: dearest.kind,
        cost,
        signature: fixes.map(({ signature }) => signature).join('; '),
        node: this.node,
        operations: fixes.map(({ operation }) => operation),
        text: text[0]!.toUpperCase() + text.slice(1),
      },
    ];
  }

  /** null: nothing helps; undefined: another detail's fix covers it. */
  private fixOf(detail: Detail, cordoned: boolean): Fix | null | undefined {
    const { node } = this;
    switch (detail.type) {
      case 'unschedulable':
        return this.fix('uncordon', 'uncordon', { op: 'uncordon', names: [node] }, `uncordon ${node}`);
      case 'taint':
        return this.tolerate(cordoned);
      case 'nodeName':
        return this.patch('removeNodeName', 'nodeName', { nodeName: null }, 'leave spec.nodeName out');
      case 'nodeAffinity':
        return detail.enforced ? null : this.relaxedSelector();
      case 'topologyLabelMissing':
        return this.relaxedSpread(detail.constraint, undefined);
      case 'topologySpread':
        return this.relaxedSpread(detail.constraint, detail.skew);
      case 'podAffinity':
        return this.droppedTerm('podAffinity', detail.term, detail.topologyKey);
      case 'podAntiAffinity':
        return this.droppedTerm('podAntiAffinity', detail.term, detail.topologyKey);
      case 'existingPodAntiAffinity':
        return this.freedPods(detail.pods, 'whose anti-affinity keeps the pod away');
      case 'hostPort':
        return this.freedPods(
          detail.heldBy,
          `which hold${detail.heldBy.length === 1 ? 's' : ''} host port ${detail.port}`,
        );
      default:
        return null;
    }
  }

  private fix(kind: RemedyKind, signature: string, operation: WhatIfOperation, text: string, extra = 0): Fix {
    return { kind, cost: COST[kind] + extra, signature: `${kind} ${signature}`, operation, text };
  }

  /** A patch of the pod spec, at its place in the subject's manifest. */
  private patch(kind: RemedyKind, signature: string, change: JsonObject, text: string, extra = 0): Fix {
    const patch = this.path.reduceRight<JsonObject>((inner, member) => ({ [member]: inner }), change);
    return this.fix(kind, signature, { op: 'patchSubject', patch }, text, extra);
  }

  private tolerate(cordoned: boolean): Fix | undefined {
    const { tolerations } = this.result.prepared.cycle.podClass;
    const taints = this.result.model
      .node(this.slot)
      .spec.taints.filter(
        (taint) =>
          taint.effect !== 'PreferNoSchedule' &&
          !toleratedBy(tolerations, taint) &&
          !(cordoned && taint.key === 'node.kubernetes.io/unschedulable'),
      );
    if (taints.length === 0) return undefined;
    const texts = taints.map(taintText);
    // Kubernetes' own taints say that the node is not well: tolerating them is poor advice.
    const unwell = taints.some(({ key }) => key.startsWith('node.kubernetes.io/')) ? 5 : 0;
    return this.patch(
      'addToleration',
      texts.join(', '),
      addTolerations(this.spec, taints),
      `tolerate the taint${taints.length === 1 ? '' : 's'} ${texts.join(', ')}`,
      taints.length - 1 + unwell,
    );
  }

  private relaxedSelector(): Fix | null {
    const { labels } = this.result.model.node(this.slot).metadata;
    const { patch, dropped } = relaxSelector(this.spec, this.subject.pod.spec, this.node, labels);
    if (Object.keys(patch).length === 0) return null;
    return this.patch(
      'relaxSelector',
      dropped.join(', '),
      patch,
      dropped.length === 0 ? 'drop the required node affinity' : `no longer require ${dropped.join(' and ')}`,
      dropped.length,
    );
  }

  private relaxedSpread(index: number, skew: number | undefined): Fix | null {
    const constraint = this.subject.pod.spec.topologySpreadConstraints[index];
    // A default constraint of the profile is not the pod's to change.
    if (constraint === undefined) return null;
    const { topologyKey, maxSkew } = constraint;
    const text =
      skew === undefined
        ? `make the spread over ${topologyKey} soft (ScheduleAnyway)`
        : `raise maxSkew of the spread over ${topologyKey} from ${maxSkew} to ${skew}`;
    const change = relaxSpread(this.spec, new Map([[index, skew]]));
    return this.patch('relaxSpread', `${index} ${skew}`, change, text, skew === undefined ? 1 : (skew - maxSkew) / 100);
  }

  private droppedTerm(affinity: 'podAffinity' | 'podAntiAffinity', term: number, topologyKey: string): Fix {
    const kind = affinity === 'podAffinity' ? 'relaxAffinity' : 'relaxAntiAffinity';
    const name = affinity === 'podAffinity' ? 'affinity' : 'anti-affinity';
    return this.patch(
      kind,
      `${term}`,
      dropPodAffinityTerms(this.spec, affinity, [term]),
      `drop required pod ${name} term ${term} (${topologyKey})`,
    );
  }

  private freedPods(pods: readonly string[], why: string): Fix | null {
    if (pods.length === 0 || pods.length > MOST_PODS_FREED) return null;
    const names = [...pods].sort(bytewise);
    return this.fix('freePods', why, { op: 'removePods', names }, `remove ${names.join(', ')}, ${why}`, names.length);
  }

  // Room --------------------------------------------------------------------------------------------------------------

  /** Lower what the pod asks for until the node has it; null when that cannot be done. */
  private lowered(room: readonly Detail[]): Fix[] | null {
    const { pod } = this.subject;
    const edits: RequestEdit[] = [];
    const podLevel: Record<string, string> = {};
    const texts: string[] = [];
    let [initOnly, share] = [true, 0];
    for (const detail of room) {
      if (detail.type !== 'insufficient') return null;
      const { resource } = detail;
      const overhead = pod.spec.overhead.get(resource);
      const overheadAmount = overhead === undefined ? 0 : unitsOf(resource, overhead);
      const target = Number(detail.requested - detail.shortfall) - overheadAmount;
      const containers = startOrder(this.subject, resource);
      const lowering = lowerTo(containers, target);
      if (lowering === null) return null;
      if (pod.spec.resources?.requests.has(resource) === true) {
        podLevel[resource] = amountText(resource, target);
        texts.push(`lower the pod's own ${resource} request to ${amountText(resource, target)}`);
        initOnly = false;
      }
      for (const { index, from, to } of lowering.changes) {
        const { type, name } = containers[index]!;
        const sidecarsAndInits = pod.spec.initContainers.length;
        const inInit = index < sidecarsAndInits;
        edits.push({
          list: inInit ? 'initContainers' : 'containers',
          index: inInit ? index : index - sidecarsAndInits,
          resource,
          to: amountText(resource, to),
          limitToo: resource.includes('/') || resource.startsWith('hugepages-'),
        });
        const what = type === 'init' ? 'init container' : type === 'sidecar' ? 'sidecar' : 'container';
        texts.push(
          `lower the ${resource} request of ${what} ${name} by ${amountText(resource, from - to)}, ` +
            `from ${amountText(resource, from)} to ${amountText(resource, to)}`,
        );
      }
      initOnly &&= lowering.initOnly;
      share = Math.max(share, Number(detail.shortfall) / Number(detail.requested));
    }
    const change = lowerContainers(this.spec, edits);
    if (Object.keys(podLevel).length > 0) change['resources'] = { requests: podLevel };
    const resources = room.map((detail) => (detail.type === 'insufficient' ? detail.resource : '')).join(',');
    const text = `${texts.join(', and ')}${initOnly ? ' (init containers alone: it costs the running pod nothing)' : ''}`;
    const fix = this.patch('lowerRequest', `${resources} ${initOnly}`, change, text);
    return [{ ...fix, cost: (initOnly ? INIT_ONLY_COST : COST.lowerRequest) + share }];
  }

  /**
   * Take the fewest, least important pods away that leave room; null when none would do. None that is more important
   * than the pod itself; one whose disruption budget is used up only when the others are not enough.
   *
   * @param already pods that go for another reason
   */
  private freed(room: readonly Detail[], already: ReadonlySet<string>): Fix[] | null {
    const { model } = this.result;
    const needs = room.map((detail) =>
      detail.type === 'insufficient'
        ? { id: resourceId(detail.resource), amount: Number(detail.shortfall) }
        : { id: -1, amount: detail.type === 'tooManyPods' ? detail.pods + 1 - detail.allocatable : 0 },
    );
    const gives = (pod: number, id: number): number => (id < 0 ? 1 : amountOf(model.classOfPod(pod).charged, id));
    const gone = already.size === 0 ? [] : model.podSlotsOn(this.slot).filter((pod) => already.has(model.podKey(pod)));
    const covers = (pods: readonly number[]): boolean =>
      needs.every(({ id, amount }) => [...gone, ...pods].reduce((sum, pod) => sum + gives(pod, id), 0) >= amount);
    if (covers([])) return [];
    /** How much of the need a pod covers, 0 to the number of needs. */
    const share = (pod: number): number =>
      needs.reduce((sum, { id, amount }) => sum + Math.min(1, gives(pod, id) / amount), 0);
    const movable = model
      .podSlotsOn(this.slot)
      .filter((pod) => !gone.includes(pod) && this.mayGo(pod) && share(pod) > 0)
      .sort(
        (a, b) =>
          model.classOfPod(a).priority - model.classOfPod(b).priority || share(b) - share(a) || model.comparePods(a, b),
      );
    const { violating, others } = splitByBudgets(model, movable, this.budgets);
    const inOrder = [...others, ...violating];
    const single = inOrder.find((pod) => covers([pod]));
    const chosen = single === undefined ? fewest(inOrder, covers) : [single];
    if (chosen === null) return null;
    const names = chosen.map((pod) => model.podKey(pod)).sort(bytewise);
    const protectedPods = chosen.filter((pod) => violating.includes(pod)).length;
    const text =
      `remove ${names.join(', ')} from ${this.node}` +
      (protectedPods > 0 ? ` (against the disruption budget of ${protectedPods} of them)` : '');
    const highest = Math.max(...chosen.map((pod) => model.classOfPod(pod).priority));
    // Importance counts less than a pod, whatever the priorities.
    const importance = highest > 0 ? highest / (highest + 1000) : 0;
    return [
      this.fix('freePods', 'room', { op: 'removePods', names }, text, names.length + 5 * protectedPods + importance),
    ];
  }

  /** Reservations and daemons stay, and nobody makes room for the less important. */
  private mayGo(pod: number): boolean {
    const { model, prepared } = this.result;
    const pods = model.classOfPod(pod);
    return !model.isReservation(pod) && !goesWithNode(pods) && pods.priority <= prepared.cycle.podClass.priority;
  }
}

/** In order until they cover, then without those that turn out not to be needed. */
function fewest(pods: readonly number[], covers: (pods: readonly number[]) => boolean): readonly number[] | null {
  let chosen: number[] = [];
  for (const pod of pods) {
    chosen.push(pod);
    if (covers(chosen)) break;
    if (chosen.length > 4 * MOST_PODS_FREED) return null;
  }
  if (!covers(chosen)) return null;
  for (const pod of [...chosen].reverse()) {
    const without = chosen.filter((other) => other !== pod);
    if (covers(without)) chosen = without;
  }
  return chosen.length <= MOST_PODS_FREED ? chosen : null;
}

function namesFreedBy(fixes: readonly Fix[]): ReadonlySet<string> {
  return new Set(fixes.flatMap(({ operation }) => (operation.op === 'removePods' ? (operation.names ?? []) : [])));
}

const WRONG_SELECTOR: Detail = { type: 'nodeAffinity', enforced: false, nodeSelectorKeys: [], failedTerms: [] };
const UNFIXABLE: Detail = { type: 'declaredFeature', feature: '' };

function taintText({ key, value, effect }: Taint): string {
  return value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`;
}

function unitsOf(resource: string, quantity: { milliNumber(): number; toNumber(): number }): number {
  return resource === 'cpu' ? quantity.milliNumber() : quantity.toNumber();
}

/** Init containers and sidecars as listed, then work containers, with what each asks of one resource. */
function startOrder({ pod }: Subject, resource: string): ContainerRequest[] {
  const { initContainers, containers } = pod.spec;
  return [...initContainers, ...containers].map((container, index) => {
    const request = container.resources.requests.get(resource);
    const type = index >= initContainers.length ? 'work' : container.restartPolicy === 'Always' ? 'sidecar' : 'init';
    return { name: container.name, type, amount: request === undefined ? 0 : unitsOf(resource, request) };
  });
}
