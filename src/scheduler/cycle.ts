/**
 * One scheduling cycle: PreFilter, Filter on every node, PreScore, Score. Upstream: `schedulePod`; SEMANTICS 5.2, 6.
 * Every node is looked at; ties go to the smaller node name.
 */
import type { Pod } from '../kubernetes/types.js';
import { filterMessage, noNodesMessage, preFilterMessage } from './fit-error.js';
import {
  keepIf,
  type Cycle,
  type Explanation,
  type NodeFilter,
  type Overlay,
  type Rejection,
  type Subject,
} from './framework.js';
import type { PodRecord } from './model-change.js';
import { mergedLabels, type ClusterModel } from './model.js';
import { podClass } from './pod-class.js';
import { podRecord } from './pod-shape.js';
import type { Profile } from './profile.js';
import { filterPlugins, scorePlugins } from './registry.js';

const filterPluginByName = new Map(filterPlugins.map((plugin) => [plugin.name, plugin]));

export interface CompileOptions {
  /** Hold the pod to its `spec.nodeName` (NodeName plugin). */
  readonly keepNodeName?: boolean;
}

/** The pod ready to be placed under a profile: `profileFor(model, schedulerName)`. */
export function compilePod(pod: Pod | PodRecord, profile: Profile, options: CompileOptions = {}): Subject {
  const record = 'spec' in pod ? podRecord(pod) : pod;
  const compiled = podClass(record.shape);
  return {
    podClass: compiled,
    name: record.name,
    labels: mergedLabels(compiled, record.ownLabels),
    ownLabels: record.ownLabels,
    profile,
    nodeName: options.keepNodeName === true ? record.nodeName : '',
    nominatedNodeName: record.nominatedNodeName,
  };
}

/** The subject as a pod on a node: what placing applies to a fork. */
export function placedRecord(subject: Subject, nodeName: string, name = subject.name): PodRecord {
  return {
    namespace: subject.podClass.namespace,
    name,
    nodeName,
    shape: subject.podClass.shape,
    ownLabels: subject.ownLabels,
    flags: 0,
    startTime: null,
    creationTime: null,
    nominatedNodeName: '',
  };
}

interface ActiveFilter {
  readonly plugin: string;
  readonly filter: NodeFilter;
}

/** What PreFilter leaves: the filters that have something to say, and the nodes to ask. */
export interface Prepared {
  readonly cycle: Cycle;
  readonly filters: readonly ActiveFilter[];
  /** Slots to look at, by name. */
  readonly candidates: Int32Array;
  /** Plugins that narrowed the candidates. */
  readonly narrowedBy: readonly string[];
  readonly failure: Rejection | null;
}

export function prepare(model: ClusterModel, subject: Subject): Prepared {
  const { profile } = subject;
  const cycle: Cycle = { model, subject, podClass: subject.podClass, profile };
  const filters: ActiveFilter[] = [];
  const narrowedBy: string[] = [];
  const narrowings: (readonly string[])[] = [];
  const all = model.nodeSlots();
  const prepared = new Map<string, NodeFilter>();
  for (const name of new Set([...profile.preFilters, ...profile.filters])) {
    const result = filterPluginByName.get(name)!.preFilter(cycle);
    if (result.type === 'filter') prepared.set(name, result.filter);
    if (!profile.preFilters.includes(name)) continue;
    if (result.type === 'fail') {
      const failure = { plugin: name, code: result.code, reasons: [result.reason] };
      return { cycle, filters: [], candidates: new Int32Array(0), narrowedBy, failure };
    }
    if (result.type === 'filter' && result.onlyNodes !== undefined) {
      narrowings.push(result.onlyNodes);
      narrowedBy.push(name);
    }
  }
  for (const plugin of profile.filters) {
    const filter = prepared.get(plugin);
    if (filter !== undefined) filters.push({ plugin, filter });
  }
  let candidates = all;
  for (const names of narrowings) candidates = candidates.filter((slot) => names.includes(model.nodeName(slot)));
  return { cycle, filters, candidates, narrowedBy, failure: null };
}

/** The first rejection of a node, null if it passes: what kube-scheduler records. */
export function filterNode({ filters }: Prepared, slot: number, overlay: Overlay | null): Rejection | null {
  for (const { filter } of filters) {
    const rejection = filter.filter(slot, overlay);
    if (rejection !== null) return rejection;
  }
  return null;
}

/** Weighted scores of one plugin, at the positions of `ScheduleResult.feasible`. */
export interface PluginScores {
  readonly plugin: string;
  readonly scores: Float64Array;
}

export interface ScheduleOptions {
  /** false: feasibility only. */
  readonly scores?: boolean;
}

export class ScheduleResult {
  private failedBy: Rejection | null;

  constructor(
    readonly prepared: Prepared,
    /** Feasible node slots, by name. */
    readonly feasible: Int32Array,
    readonly pluginScores: readonly PluginScores[],
    /** Total scores at the positions of `feasible`. */
    readonly totals: Float64Array,
    /** Overlays of nominated pods by node slot. */
    private readonly nominated: ReadonlyMap<number, Overlay>,
  ) {
    this.failedBy = prepared.failure;
  }

  get model(): ClusterModel {
    return this.prepared.cycle.model;
  }

  get nodes(): number {
    return this.model.nodeCount;
  }

  /** The node that would be taken: highest total, smallest name; -1 when none is feasible. */
  get best(): number {
    let best = -1;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.feasible.length; i++) {
      if (this.totals[i]! <= highest) continue;
      highest = this.totals[i]!;
      best = this.feasible[i]!;
    }
    return best;
  }

  /** How many feasible nodes share the highest total. */
  get tied(): number {
    let [count, highest] = [0, Number.NEGATIVE_INFINITY];
    for (const total of this.totals) {
      if (total > highest) [count, highest] = [1, total];
      else if (total === highest) count++;
    }
    return count;
  }

  /** Positions in `feasible`, best first: total descending, name ascending. */
  ranking(limit = this.feasible.length): number[] {
    const { totals } = this;
    const positions = Array.from(this.feasible, (_, i) => i);
    // Positions are in name order already.
    positions.sort((a, b) => totals[b]! - totals[a]! || a - b);
    return positions.slice(0, limit);
  }

  /** Weighted scores of the node at a position, by plugin. */
  scoresAt(position: number): Record<string, number> {
    return Object.fromEntries(this.pluginScores.map(({ plugin, scores }) => [plugin, scores[position]!]));
  }

  /** Why PreFilter refused the whole pod; null when it did not. */
  get failure(): Rejection | null {
    return this.failedBy;
  }

  /** What kube-scheduler records for the node; null if it is feasible. */
  rejection(slot: number): Rejection | null {
    if (this.failedBy !== null) return this.failedBy;
    if (!this.isCandidate(slot)) return this.notSelected();
    const overlay = this.nominated.get(slot) ?? null;
    return (
      (overlay === null ? null : filterNode(this.prepared, slot, overlay)) ?? filterNode(this.prepared, slot, null)
    );
  }

  /** Every plugin that refuses the node as it is, with the numbers. */
  explain(slot: number): Explanation[] {
    const { filters, failure } = this.prepared;
    if (failure !== null) return [{ ...failure, details: [] }];
    const found: Explanation[] = [];
    if (!this.isCandidate(slot)) found.push({ ...this.notSelected(), details: [{ type: 'notSelected' }] });
    for (const { filter } of filters) {
      const rejection = filter.filter(slot, null);
      if (rejection !== null) found.push({ ...rejection, details: filter.details(slot) });
    }
    if (found.length === 0) {
      // Only room that nominated pods will take keeps the pod away.
      const rejection = this.rejection(slot);
      if (rejection !== null) found.push({ ...rejection, details: [] });
    }
    return found;
  }

  /** Reason → number of nodes refused for it (a node with two reasons counts for both). */
  reasonCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    const feasible = new Set(this.feasible);
    for (const slot of this.model.nodeSlots()) {
      if (feasible.has(slot)) continue;
      for (const reason of this.rejection(slot)?.reasons ?? []) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    return counts;
  }

  /** kube-scheduler's sentence without the preemption part; null when a node is feasible. */
  message(): string | null {
    if (this.feasible.length > 0) return null;
    if (this.nodes === 0) return noNodesMessage;
    if (this.failedBy !== null) return preFilterMessage(this.nodes, this.failedBy.reasons.join(', '));
    return filterMessage(this.nodes, this.reasonCounts());
  }

  /** The overlay that stands for pods nominated to the node; null when there is none. */
  nominatedOverlay(slot: number): Overlay | null {
    return this.nominated.get(slot) ?? null;
  }

  private candidateSet: ReadonlySet<number> | null = null;

  private isCandidate(slot: number): boolean {
    const { candidates, narrowedBy } = this.prepared;
    if (narrowedBy.length === 0) return true;
    this.candidateSet ??= new Set(candidates);
    return this.candidateSet.has(slot);
  }

  private notSelected(): Rejection {
    return {
      plugin: '',
      code: 'UnschedulableAndUnresolvable',
      reasons: [`node(s) didn't satisfy plugin(s) [${this.prepared.narrowedBy.join(' ')}]`],
    };
  }
}

/** Answers of one state of a model, by subject: the same pod is asked for again and again. */
interface Answers {
  readonly stamp: number;
  readonly results: Map<string, ScheduleResult>;
}

const answersByModel = new WeakMap<ClusterModel, Answers>();
const rememberedAnswers = 16;

/** Where the pod fits and how well, on the model as it is. Changes nothing; the last answers are remembered. */
export function schedule(model: ClusterModel, subject: Subject): ScheduleResult {
  let answers = answersByModel.get(model);
  if (answers === undefined || answers.stamp !== model.stamp) {
    answers = { stamp: model.stamp, results: new Map() };
    answersByModel.set(model, answers);
  }
  const { podClass: subjectClass, name, ownLabels, nodeName, nominatedNodeName } = subject;
  const key = [name, ownLabels ?? '', nodeName, nominatedNodeName, subjectClass.shape].join('\n');
  const known = answers.results.get(key);
  if (known !== undefined && known.prepared.cycle.profile === subject.profile) return known;
  const result = runCycle(model, subject);
  if (answers.results.size >= rememberedAnswers) answers.results.clear();
  answers.results.set(key, result);
  return result;
}

/** `schedule` without remembering: for models that change with every answer. */
export function runCycle(model: ClusterModel, subject: Subject, options: ScheduleOptions = {}): ScheduleResult {
  const prepared = prepare(model, subject);
  const nominated = nominatedOverlays(model, subject);
  const slots = new Int32Array(prepared.candidates.length);
  slots.set(prepared.candidates);
  let count = slots.length;
  for (const { filter } of prepared.filters) count = filter.keep(slots, count);
  if (nominated.size > 0) {
    // With the nominated pods there, too (without them the pod may lack what it wants to be near).
    count = keepIf((slot) => filterNode(prepared, slot, nominated.get(slot) ?? null) === null, slots, count);
  }
  const feasible = slots.subarray(0, count);
  const totals = new Float64Array(count);
  const pluginScores = options.scores === false ? [] : score(prepared.cycle, feasible, totals);
  return new ScheduleResult(prepared, feasible, pluginScores, totals, nominated);
}

/** Pods nominated to a node, of at least the subject's priority, count on it in a first pass (SEMANTICS 5.2). */
function nominatedOverlays(model: ClusterModel, { podClass: subjectClass, name }: Subject): Map<number, Overlay> {
  const overlays = new Map<number, { pod: number; sign: 1 | -1 }[]>();
  for (const { pod, node } of model.nominatedPods()) {
    const { priority, namespace } = model.classOfPod(pod);
    if (priority < subjectClass.priority) continue;
    if (namespace === subjectClass.namespace && model.podName(pod) === name) continue;
    const overlay = overlays.get(node);
    if (overlay === undefined) overlays.set(node, [{ pod, sign: 1 }]);
    else overlay.push({ pod, sign: 1 });
  }
  return overlays;
}

/** Fills the totals; returns each plugin's weighted scores. */
function score(cycle: Cycle, feasible: Int32Array, totals: Float64Array): PluginScores[] {
  const count = feasible.length;
  const found: PluginScores[] = [];
  if (count === 0) return found;
  for (const plugin of scorePlugins) {
    const weight = cycle.profile.scores.get(plugin.name);
    if (weight === undefined) continue;
    const scorer = plugin.preScore(cycle, feasible, count);
    if (scorer === null) continue;
    const scores = new Float64Array(count);
    scorer(feasible, count, scores);
    for (let i = 0; i < count; i++) {
      scores[i]! *= weight;
      totals[i]! += scores[i]!;
    }
    found.push({ plugin: plugin.name, scores });
  }
  return found;
}
