/**
 * One scheduling cycle: PreFilter, Filter on every node, PreScore, Score. Upstream: `schedulePod`; SEMANTICS 5.2, 6.
 * Every node is looked at; ties go to the smaller node name.
 */
import type { Pod } from '../kubernetes/types.js';
import type { Cycle, Overlay, Subject } from './framework.js';
import type { PodRecord } from './model-change.js';
import { mergedLabels, type ClusterModel } from './model.js';
import { NodeList } from './node-list.js';
import { selectNodes, type Selection } from './node-selection.js';
import { podClass } from './pod-class.js';
import { podRecord } from './pod-shape.js';
import { filterNode, prepare, type Prepared } from './prepare.js';
import type { Profile } from './profile.js';
import type { ActiveScorer } from './ranking.js';
import { scorePlugins } from './registry.js';
import { ScheduleResult } from './schedule-result.js';

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

export interface ScheduleOptions {
  /** false: feasibility only. */
  readonly scores?: boolean;
}

/**
 * The last answers of one state of a model, by subject: the same pod is asked for again and again. A list that is written
 * over, not a `Map`: one that is emptied leaves a chain of old tables behind, each of which keeps the next ones alive.
 */
interface Answers {
  readonly stamp: number;
  readonly last: ({ readonly key: string; readonly result: ScheduleResult } | undefined)[];
  next: number;
}

const answersByModel = new WeakMap<ClusterModel, Answers>();
const rememberedAnswers = 4;

/** Where the pod fits and how well, on the model as it is. Changes nothing; the last answers are remembered. */
export function schedule(model: ClusterModel, subject: Subject): ScheduleResult {
  let answers = answersByModel.get(model);
  if (answers === undefined || answers.stamp !== model.stamp) {
    answers = { stamp: model.stamp, last: [], next: 0 };
    answersByModel.set(model, answers);
  }
  const { podClass: subjectClass, name, ownLabels, nodeName, nominatedNodeName } = subject;
  const key = [name, ownLabels ?? '', nodeName, nominatedNodeName, subjectClass.shape].join('\n');
  const known = answers.last.find((answer) => answer?.key === key)?.result;
  if (known !== undefined && known.prepared.cycle.profile === subject.profile) return known;
  const result = runCycle(model, subject);
  answers.last[answers.next] = { key, result };
  answers.next = (answers.next + 1) % rememberedAnswers;
  return result;
}

/** `schedule` without remembering: for models that change with every answer. */
export function runCycle(model: ClusterModel, subject: Subject, options: ScheduleOptions = {}): ScheduleResult {
  const prepared = prepare(model, subject);
  const { cycle, filters, candidates, narrowedBy } = prepared;
  const nominated = nominatedOverlays(model, subject);
  const remembered = narrowedBy.length > 0 ? null : model.nodeView().selections(subject.profile);
  let selection = selectNodes(filters, candidates, model.slotCount, remembered, subject.podClass.nodeRequirements);
  if (nominated.size > 0) selection = withNominated(prepared, selection, nominated);
  const scorers = options.scores === false ? [] : activeScorers(cycle, selection.nodes);
  return new ScheduleResult(prepared, selection, scorers, nominated);
}

/** With the nominated pods there, too (without them the pod may lack what it wants to be near). */
function withNominated(
  prepared: Prepared,
  { nodes, refused }: Selection,
  nominated: ReadonlyMap<number, Overlay>,
): Selection {
  const still = nodes.left().filter((slot) => filterNode(prepared, slot, nominated.get(slot) ?? null) === null);
  return { nodes: NodeList.of(still, nodes.out.length), refused };
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

/** The plugins that score this pod. */
function activeScorers(cycle: Cycle, feasible: NodeList): ActiveScorer[] {
  const found: ActiveScorer[] = [];
  if (feasible.count === 0) return found;
  for (const plugin of scorePlugins) {
    const weight = cycle.profile.scores.get(plugin.name);
    const scorer = weight === undefined ? null : plugin.preScore(cycle, feasible);
    if (scorer !== null) found.push({ plugin: plugin.name, weight: weight!, scorer });
  }
  return found;
}
