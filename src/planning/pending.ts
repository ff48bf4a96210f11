/** API.md 4.10: the pods that wait, grouped by what they wait for. Each is judged alone, on the cluster as it is. */
import { matches, parseLabelSelector } from '../kubernetes/selectors.js';
import type { Selector } from '../kubernetes/selectors.js';
import { compilePod, runCycle } from '../scheduler/cycle.js';
import { PodFlag } from '../scheduler/model-change.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import { podClass } from '../scheduler/pod-class.js';
import type { PendingAnswer, PendingGroup, PendingRequest, PodStage } from './answers.js';
import { answerOf, commonMembers } from './common.js';
import type { QuestionContext } from './context.js';
import { PlanningError } from './errors.js';
import { notEvaluatedOf, profileOf } from './profiles.js';
import { amount, bytewise } from './quantities.js';
import type { Amounts, QuantityFormat } from './quantities.js';

const EXAMPLES = 10;

export interface Waiting {
  readonly stage: PodStage;
  /** What keeps the pod waiting: kube-scheduler's sentence where it is that. */
  readonly message: string;
}

/** Groups with most pods first. The verdict says whether every one of them would fit alone. */
export function pending(context: QuestionContext, request: PendingRequest): PendingAnswer {
  const { model } = context;
  const selector = selectorOf(request.labelSelector);
  const pods = model
    .pendingPods()
    .filter(
      ({ namespace, name }) =>
        (request.namespace === undefined || namespace === request.namespace) &&
        (request.labelSelector === undefined || matches(selector, model.podLabels(model.podSlot(namespace, name)))),
    );
  const groups = new Map<string, { waiting: Waiting; pods: PodRecord[] }>();
  const seen = new Map<string, Waiting>();
  for (const record of pods) {
    // Pods of one class get one answer; a nominated pod is looked at alone, for its own nomination does not count.
    const shared = record.nominatedNodeName === '' && record.ownLabels === null;
    const key = `${record.flags} ${record.shape}`;
    const waiting = (shared ? seen.get(key) : undefined) ?? waitsFor(model, record);
    if (shared) seen.set(key, waiting);
    const group = groups.get(`${waiting.stage} ${waiting.message}`);
    if (group === undefined) groups.set(`${waiting.stage} ${waiting.message}`, { waiting, pods: [record] });
    else group.pods.push(record);
  }
  const format = request.quantities ?? 'string';
  const shown = [...groups.values()]
    .sort((a, b) => b.pods.length - a.pods.length || bytewise(a.waiting.message, b.waiting.message))
    .map(({ waiting, pods: members }): PendingGroup => {
      const examples = members.slice(0, EXAMPLES).map(({ namespace, name }) => `${namespace}/${name}`);
      return Object.assign({}, waiting, { count: members.length, examples, requests: totalRequests(members, format) });
    });
  const fitting = shown.every(({ stage }) => stage === 'schedulable' || stage === 'nominated');
  const notEvaluated = notEvaluatedOf(model, pods);
  return answerOf(
    commonMembers(context, {
      verdict: !fitting ? 'no' : notEvaluated.length > 0 ? 'unknown' : 'yes',
      notEvaluated,
      assumptions: { orphanPods: model.orphanCount },
    }),
    {
      pending: pods.length,
      groups: shown,
    },
  );
}

function selectorOf(text: string | undefined): Selector {
  const parsed = parseLabelSelector(text ?? '');
  if ('error' in parsed) throw new PlanningError('invalid_request', `labelSelector: ${parsed.error}`);
  return parsed.value;
}

/** Where a pod without a node stands. */
export function waitsFor(model: ClusterModel, record: PodRecord): Waiting {
  if ((record.flags & PodFlag.terminating) !== 0) {
    return { stage: 'terminating', message: 'the pod is being deleted' };
  }
  if ((record.flags & PodFlag.gated) !== 0) return { stage: 'gated', message: gatedCondition.message };
  const profile = profileOf(model, record);
  if (profile === null) {
    const { schedulerName } = podClass(record.shape);
    return { stage: 'notEvaluated', message: `schedulerName "${schedulerName}" is no known profile` };
  }
  const result = runCycle(model, compilePod(record, profile), { scores: false });
  const message = result.message();
  if (message === null) return { stage: 'schedulable', message: 'fits now: the scheduler has not placed it yet' };
  if (record.nominatedNodeName !== '') {
    return { stage: 'nominated', message: 'waits for the pods to go that were preempted for it' };
  }
  return { stage: 'unscheduled', message };
}

function totalRequests(records: readonly PodRecord[], format: QuantityFormat): Amounts {
  const sums = new Map<string, number>();
  for (const { shape } of records) {
    const { requests } = podClass(shape).source;
    for (const name of Object.keys(requests)) sums.set(name, (sums.get(name) ?? 0) + Number(requests[name]));
  }
  return Object.fromEntries(
    [...sums].sort(([a], [b]) => bytewise(a, b)).map(([name, sum]) => [name, amount(name, sum, format)]),
  );
}
