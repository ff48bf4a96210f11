/** API.md 4.2: does one pod of the subject fit now, and where? */
import { effectiveRequests } from '../kubernetes/effective.js';
import { compilePod, schedule } from '../scheduler/cycle.js';
import type { Ranking as NodeRanking } from '../scheduler/ranking.js';
import { RememberedOf } from '../scheduler/remembered-of.js';
import type { ScheduleResult } from '../scheduler/schedule-result.js';
import { preempt, victimNames } from '../scheduler/plugins/default-preemption.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import { amountOf } from '../scheduler/pod-class.js';
import type { PodClass } from '../scheduler/pod-class.js';
import { resourceName } from '../scheduler/resources.js';
import type { Candidate, FitAcrossAnswer, FitAnswer, FitRequest, PreemptionAnswer } from './answers.js';
import { ADMITTED, answerOf, commonMembers } from './common.js';
import type { Skipped, Verdict } from './common.js';
import type { QuestionContext } from './context.js';
import { PlanningError } from './errors.js';
import { blockers, refusals, refusedSlots, rejections } from './explain.js';
import { notEvaluatedOf, hasUnknownScheduler, profileOrDefault } from './profiles.js';
import { amount, bytewise, quantities } from './quantities.js';
import type { Amounts, QuantityFormat } from './quantities.js';
import { rememberedSubject } from './remembered-subject.js';
import { remedies } from './remedies.js';
import { Scene } from './scene.js';
import { subjectSummary } from './subject.js';
import type { Subject } from './subject.js';

const DEFAULT_CANDIDATES = 10;
const MAX_CANDIDATES = 20_000;

/** Refuses with `invalid_manifest`, `nothing_to_evaluate`, `empty_selection`, `not_found` and `invalid_request`. */
export function fit(context: QuestionContext, request: FitRequest): FitAnswer {
  const scene = new Scene(context, request);
  scene.enterCompanions(request.manifest);
  const { subject, skipped, warnings } = rememberedSubject(context, request, scene.model);
  if (subject === null) return emptyAnswer(context, scene, skipped);
  scene.enter(subject);
  scene.takeOut(subject);
  scene.placePending();
  if (scene.model !== context.model) return judge(context, request, scene, subject, skipped, warnings);
  const { manifest: _, ...options } = request;
  const asked = JSON.stringify([context.revision, context.asOf, options]);
  const known = lastAnswers.get(subject);
  if (known?.stamp === scene.model.stamp && known.asked === asked) return known.answer;
  const answer = judge(context, request, scene, subject, skipped, warnings);
  lastAnswers.set(subject, { stamp: scene.model.stamp, asked, answer });
  return answer;
}

/** The last answer about a remembered subject. Equal stamps are equal models; nobody changes an answer. */
const lastAnswers = new RememberedOf<Subject, { stamp: number; asked: string; answer: FitAnswer }>();

function judge(
  context: QuestionContext,
  request: FitRequest,
  scene: Scene,
  subject: Subject,
  skipped: readonly Skipped[],
  subjectWarnings: readonly string[],
): FitAnswer {
  const { model } = scene;
  const format = request.quantities ?? 'string';
  // Whoever asks about named nodes wants to know why not.
  const explain = request.explain ?? (request.nodes === undefined ? 'summary' : 'all');
  const record = request.keepNodeName === true ? { ...subject.record, nodeName: subject.nodeName } : subject.record;
  const profile = profileOrDefault(model, record);
  const compiled = compilePod(record, profile, { keepNodeName: request.keepNodeName === true });
  const result = schedule(model, compiled);
  const refused = refusals(result);
  const gates = compiled.podClass.source.schedulingGates;
  const fits = result.feasibleCount > 0 && gates === undefined;
  const message = gates === undefined ? refused.message : gatedCondition.message;

  const wantsEvent = !fits && gates === undefined && (explain !== 'summary' || request.preemption === true);
  const preemption = wantsEvent ? preempt(result) : null;
  const preempted = request.preemption === true && preemption !== null && preemption.node >= 0;
  const preemptionAnswer: PreemptionAnswer | null =
    request.preemption === true && preemption !== null
      ? {
          node: preemption.node < 0 ? null : model.nodeName(preemption.node),
          victims: victimNames(model, preemption.victims),
          message: preemption.message,
        }
      : null;

  const selected = request.nodes === undefined ? null : selectNodes(result, request.nodes);
  const limit = candidateLimit(request);
  const ranking = fits ? rank(result, limit, selected, format) : NO_RANKING;
  const slots = explain === 'summary' ? [] : refusedSlots(result);
  const shown = selected === null ? slots : slots.filter((slot) => selected.has(slot));
  const rejected = rejections(result, shown, explain === 'all', format);
  const everyRejected =
    explain === 'all' && shown.length < slots.length ? rejections(result, slots, true, format) : rejected;
  const notEvaluated = notEvaluatedOf(model, [record]);
  const warnings = [...scene.warnings, ...subjectWarnings];
  if (subject.workload.replicas > 1) {
    warnings.push(
      `one of ${subject.workload.replicas} replicas is judged: ask capacity or simulate whether all of them fit`,
    );
  }
  return answerOf(
    commonMembers(context, {
      verdict: verdict(fits || preempted, notEvaluated.length > 0, hasUnknownScheduler(model, [record])),
      notEvaluated,
      assumptions: scene.assumptions(),
      warnings,
      skipped,
    }),
    {
      subject: subjectSummary(subject, 1),
      node: ranking.node,
      message,
      eventMessage: fits ? null : (preemption?.message ?? (explain === 'summary' ? null : message)),
      requests: quantities(effectiveRequests(subject.pod), format),
      nodeCounts: { total: result.nodes, feasible: result.feasibleCount },
      candidates: ranking.candidates,
      tied: ranking.tied,
      rejected: explain === 'summary' ? undefined : rejected,
      rejectedGroups: refused.groups,
      funnel: refused.funnel,
      blockers: explain === 'all' ? blockers(everyRejected) : undefined,
      preemption: preemptionAnswer ?? undefined,
      remedies:
        explain === 'all' && !fits && gates === undefined
          ? remedies(result, subject, request.whatIf ?? [], (whatIf) =>
              fit(context, {
                ...request,
                whatIf,
                explain: 'summary',
                nodes: undefined,
                candidateLimit: 1,
                preemption: false,
              }),
            )
          : [],
      admission: subject.admission,
    },
  );
}

function verdict(yes: boolean, leavesOut: boolean, unknownScheduler: boolean): Verdict {
  if (unknownScheduler) return 'unknown';
  if (!yes) return 'no';
  return leavesOut ? 'unknown' : 'yes';
}

function candidateLimit({ candidateLimit: limit = DEFAULT_CANDIDATES }: FitRequest): number {
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_CANDIDATES) {
    throw new PlanningError('invalid_request', `candidateLimit must be a whole number from 0 to ${MAX_CANDIDATES}`);
  }
  return limit;
}

function selectNodes({ model }: ScheduleResult, names: readonly string[]): ReadonlySet<number> {
  return new Set(
    names.map((name) => {
      const slot = model.nodeSlot(name);
      if (slot < 0) throw new PlanningError('empty_selection', `nodes: node "${name}" not found`);
      return slot;
    }),
  );
}

interface Ranking {
  readonly node: string | null;
  readonly tied: number;
  readonly candidates: readonly Candidate[];
}

const NO_RANKING: Ranking = { node: null, tied: 0, candidates: [] };

function rank(
  result: ScheduleResult,
  limit: number,
  only: ReadonlySet<number> | null,
  format: QuantityFormat,
): Ranking {
  const best = result.ranking(only === null ? limit : 1);
  const shown = only === null ? best : result.ranking(limit, only);
  return {
    node: result.model.nodeName(best.slots[0]!),
    tied: best.tied,
    candidates: candidates(result, shown, limit, format),
  };
}

function candidates(
  result: ScheduleResult,
  { slots, totals }: NodeRanking,
  limit: number,
  format: QuantityFormat,
): Candidate[] {
  if (limit === 0) return [];
  const free = freeAfter(result, format);
  return slots.map((slot, i) => ({
    node: result.model.nodeName(slot),
    score: totals[i]!,
    scores: result.scoresOf(slot),
    freeAfter: free(slot),
  }));
}

interface FreeResource {
  readonly name: string;
  /** What the nodes have and what is taken, by slot. */
  readonly column: Float64Array | Int32Array;
  readonly used: Float64Array | Int32Array;
  readonly asked: number;
}

/** What a node has left once the subject is on it: every resource that it has, names sorted. */
function freeAfter({ model, prepared }: ScheduleResult, format: QuantityFormat): (slot: number) => Amounts {
  const { requests }: PodClass = prepared.cycle.podClass;
  const all: FreeResource[] = [{ name: 'pods', column: model.allocatablePods, used: model.podCounts, asked: 1 }];
  model.allocatable.forEach((column, id) => {
    if (column === undefined) return;
    const used = model.requestedColumn(id);
    all.push({ name: resourceName(id), column, used, asked: amountOf(requests, id) });
  });
  all.sort((a, b) => bytewise(a.name, b.name));
  return (slot) => {
    const left: Record<string, string | number> = {};
    for (const { name, column, used, asked } of all) {
      const capacity = column[slot]!;
      if (capacity !== 0) left[name] = amount(name, capacity - used[slot]! - asked, format);
    }
    return left;
  };
}

function emptyAnswer(context: QuestionContext, scene: Scene, skipped: readonly Skipped[]): FitAnswer {
  return answerOf(
    commonMembers(context, { verdict: 'yes', assumptions: scene.assumptions(), warnings: scene.warnings, skipped }),
    {
      subject: null,
      node: null,
      message: null,
      eventMessage: null,
      requests: {},
      nodeCounts: { total: scene.model.nodeCount, feasible: 0 },
      candidates: [],
      tied: 0,
      rejectedGroups: [],
      funnel: [],
      remedies: [],
      admission: ADMITTED,
    },
  );
}

const RANK: Readonly<Record<Verdict, number>> = { yes: 0, unknown: 1, no: 2 };

/** The same question of several clusters, best first: verdict, then the score of the best node, then the name. */
export function fitAcross(contexts: readonly QuestionContext[], request: FitRequest): FitAcrossAnswer {
  const found = contexts.map((context) => ({ cluster: context.cluster, answer: fit(context, request) }));
  found.sort(
    (a, b) =>
      RANK[a.answer.verdict] - RANK[b.answer.verdict] ||
      (b.answer.candidates[0]?.score ?? -1) - (a.answer.candidates[0]?.score ?? -1) ||
      bytewise(a.cluster, b.cluster),
  );
  return answerOf(commonMembers(null, { verdict: found[0]?.answer.verdict ?? 'no' }), {
    clusters: found,
  });
}
