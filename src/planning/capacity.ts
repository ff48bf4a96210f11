/**
 * API.md 4.3: how many more? Replicas are placed one after another, each where `fit` would put it, until none fits, a
 * quota is used up or `max` are placed.
 */
import type { ClusterModel } from '../scheduler/model.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import { podClass } from '../scheduler/pod-class.js';
import { quotaLedger, refusalOf } from './admission.js';
import type { CapacityAnswer, CapacityRequest } from './answers.js';
import { ADMITTED, answerOf, commonMembers, verdictOf } from './common.js';
import type { Admission, Skipped, Verdict } from './common.js';
import type { QuestionContext } from './context.js';
import { PlanningError } from './errors.js';
import { Placing } from './placing.js';
import { hasUnknownScheduler, notEvaluatedOf } from './profiles.js';
import { bytewise } from './quantities.js';
import { Scene } from './scene.js';
import { nothingToEvaluate, readOneSubject, readSubjects, replica, subjectSummary } from './subject.js';
import type { Subject } from './subject.js';

const DEFAULT_MAX = 1_000_000;

/** How often `progress` hears of placements. */
const PROGRESS_EVERY = 2000;

/** Refuses with `invalid_manifest`, `nothing_to_evaluate`, `empty_selection`, `not_found` and `invalid_request`. */
export function capacity(context: QuestionContext, request: CapacityRequest): CapacityAnswer {
  const scene = new Scene(context, request);
  return request.mix === undefined ? capacityOfOne(context, request, scene) : capacityOfMix(context, request, scene);
}

function limitOf({ max = DEFAULT_MAX, replicas }: CapacityRequest): number {
  for (const [name, value] of [['max', max] as const, ['replicas', replicas ?? 0] as const]) {
    if (!Number.isInteger(value) || value < 0) {
      throw new PlanningError('invalid_request', `${name} must be a whole number from 0 on`);
    }
  }
  return max;
}

function capacityOfOne(context: QuestionContext, request: CapacityRequest, scene: Scene): CapacityAnswer {
  const max = limitOf(request);
  scene.enterCompanions(request.manifest);
  const { subject, skipped, warnings } = readOneSubject(context, request, scene.model);
  if (subject === null) return emptyAnswer(context, scene, skipped);
  scene.enter(subject);
  scene.takeOut(subject);
  scene.placePending();
  const base = { subjects: [subject], skipped, warnings, extra: {} };
  const barred = whatBars(subject, request);
  if (barred !== null) return answer(context, request, scene, { ...base, ...barred, nodes: [], victims: [] });
  const quota = quotaOf(scene, subject, request);
  const bound = Math.min(max, quota.room);
  const { nodes, message: refused, victims } = placeUpTo(context, request, scene.own(), subject, bound);
  const limitedBy = refused !== null ? 'nodes' : bound < max ? 'quota' : 'max';
  const refusal = limitedBy === 'quota' ? quota.refusal(nodes.length) : ADMITTED;
  return answer(context, request, scene, {
    ...base,
    nodes,
    victims,
    limitedBy,
    message: limitedBy === 'nodes' ? refused : (refusal.errors[0]?.message ?? null),
    admission: refusal,
  });
}

type Bound = Pick<Result, 'limitedBy' | 'message' | 'admission'>;

/** Why not one pod of the subject is ever placed, whatever room there is; null as a rule. */
function whatBars({ admission, record }: Subject, request: CapacityRequest): Bound | null {
  const refused = request.admission === 'ignore' ? null : refusalOf(admission);
  if (refused !== null) {
    return { limitedBy: 'admission', message: refused.errors[0]?.message ?? null, admission: refused };
  }
  if (podClass(record.shape).source.schedulingGates === undefined) return null;
  return { limitedBy: 'nodes', message: gatedCondition.message, admission: ADMITTED };
}

interface PlacedReplicas {
  /** Node names in order of placement. */
  readonly nodes: readonly string[];
  /** Why the next one does not fit; null when all of them did. */
  readonly message: string | null;
  readonly victims: readonly string[];
}

/** Replica after replica, all of the class of the first; where none fits, by preemption if the question allows it. */
function placeUpTo(
  context: QuestionContext,
  { preemption }: CapacityRequest,
  model: ClusterModel,
  subject: Subject,
  bound: number,
): PlacedReplicas {
  const placing = new Placing(model);
  const nodes: string[] = [];
  while (nodes.length < bound) {
    if (nodes.length % PROGRESS_EVERY === 0) context.progress?.(nodes.length, bound);
    // A name of its own for each, which no stored pod can have.
    const record = { ...subject.record, name: `${subject.record.name}#${nodes.length}` };
    const node = placing.place(record) ?? (preemption === true ? placing.placeByPreemption(record) : null);
    if (node === null) return { nodes, message: placing.message(record), victims: placing.victims };
    nodes.push(node);
  }
  return { nodes, message: null, victims: placing.victims };
}

interface Quota {
  /** How many more replicas the quotas admit. */
  readonly room: number;
  /** What is said to the replica after `placed` ones. */
  readonly refusal: (placed: number) => Admission;
}

function quotaOf(scene: Scene, subject: Subject, { admission = 'enforce' }: CapacityRequest): Quota {
  const ledger = admission === 'ignore' ? null : quotaLedger(scene.model, subject.record.namespace);
  if (ledger === null) return { room: Infinity, refusal: () => ADMITTED };
  const claim = ledger.claim(subject.pod);
  return {
    room: ledger.room(claim),
    refusal: (placed) => {
      const then = ledger.fork();
      then.charge(claim, placed);
      const errors = then.check(claim);
      return { allowed: errors.length === 0, errors };
    },
  };
}

interface Result {
  readonly subjects: readonly Subject[];
  readonly skipped: readonly Skipped[];
  readonly warnings: readonly string[];
  readonly limitedBy: CapacityAnswer['limitedBy'];
  readonly message: string | null;
  /** Node names in order of placement. */
  readonly nodes: readonly string[];
  readonly victims: readonly string[];
  readonly admission: Admission;
  readonly extra: Pick<CapacityAnswer, 'rounds' | 'mix'>;
}

function answer(context: QuestionContext, request: CapacityRequest, scene: Scene, result: Result): CapacityAnswer {
  const { subjects, nodes } = result;
  const replicas = nodes.length;
  const records = subjects.map(({ record }) => record);
  const notEvaluated = notEvaluatedOf(scene.model, records);
  const enough = replicas >= Math.max(1, request.replicas ?? 1) || request.replicas === 0;
  const verdict: Verdict = hasUnknownScheduler(scene.model, records) ? 'unknown' : verdictOf(enough, notEvaluated);
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(node, (counts.get(node) ?? 0) + 1);
  const [first] = subjects;
  return answerOf(
    commonMembers(context, {
      verdict,
      notEvaluated,
      assumptions: scene.assumptions(),
      warnings: [...scene.warnings, ...result.warnings],
      skipped: result.skipped,
    }),
    {
      subject: request.mix === undefined && first !== undefined ? subjectSummary(first, replicas) : null,
      replicas,
      limitedBy: result.limitedBy,
      message: result.message,
      nodeReplicas: Object.fromEntries([...counts].sort(([a], [b]) => bytewise(a, b))),
      ...(request.sequence === true ? { nodeSequence: nodes } : {}),
      ...(request.preemption === true ? { preemption: { victims: result.victims } } : {}),
      ...(request.replicas === undefined
        ? {}
        : { requested: request.replicas, remaining: Math.max(0, request.replicas - replicas) }),
      ...result.extra,
      admission: result.admission,
    },
  );
}

/**
 * Rounds by weight: in each, `weight` replicas of the first template, then of the second … The first round that is not
 * wholly placed ends it, and counts for nothing. `replicas` counts pods; `replicas` in the request asks for so many.
 */
function capacityOfMix(context: QuestionContext, request: CapacityRequest, scene: Scene): CapacityAnswer {
  const max = limitOf(request);
  const mix = (request.mix ?? []).map(({ manifest, weight = 1 }, index) => {
    if (!Number.isInteger(weight) || weight < 1) {
      throw new PlanningError('invalid_request', `mix[${index}].weight must be a whole number from 1 on`);
    }
    scene.enterCompanions(manifest);
    const { subjects, skipped } = readSubjects(manifest, request, scene.model);
    const [subject] = subjects;
    if (subject === undefined) throw nothingToEvaluate();
    return { subject, skipped, weight };
  });
  if (mix.length === 0) {
    if (request.allowEmpty !== true) throw nothingToEvaluate();
    return emptyAnswer(context, scene, []);
  }
  for (const { subject } of mix) {
    scene.enter(subject);
    scene.takeOut(subject);
  }
  scene.placePending();
  const model = scene.own();
  const placing = new Placing(model);
  const ledgers = new Map(
    mix.map(({ subject: { record } }) => [
      record.namespace,
      request.admission === 'ignore' ? null : quotaLedger(model, record.namespace),
    ]),
  );
  const members = mix.map((member, index) => {
    const ledger = ledgers.get(member.subject.record.namespace) ?? null;
    return { ...member, index, ledger, claim: ledger?.claim(member.subject.pod) };
  });
  const perRound = members.reduce((sum, { weight }) => sum + weight, 0);
  const nodes: string[] = [];
  let rounds = 0;
  let { limitedBy, message, admission }: Bound = mix
    .map(({ subject }) => whatBars(subject, request))
    .find((bars) => bars !== null) ?? { limitedBy: 'max', message: null, admission: ADMITTED };
  let victims = 0;
  while (message === null && nodes.length + perRound <= max) {
    const round: string[] = [];
    for (const { subject, weight, ledger, claim, index } of members) {
      for (let copy = 0; copy < weight && message === null; copy++) {
        if (ledger !== null && claim !== undefined && !ledger.admits(claim)) {
          limitedBy = 'quota';
          admission = { allowed: false, errors: ledger.check(claim) };
          message = admission.errors[0]?.message ?? '';
          break;
        }
        // A name of its own for every pod of the mix: two templates may share theirs.
        const number = rounds * weight + copy;
        const record = { ...replica(subject, number), name: `${subject.record.name}#${index}-${number}` };
        const node = placing.place(record) ?? (request.preemption === true ? placing.placeByPreemption(record) : null);
        if (node === null) {
          limitedBy = 'nodes';
          message = placing.message(record);
          break;
        }
        if (claim !== undefined) ledger?.charge(claim);
        round.push(node);
      }
    }
    if (message !== null) break;
    nodes.push(...round);
    victims = placing.victims.length;
    rounds++;
    if (nodes.length % PROGRESS_EVERY < perRound) context.progress?.(nodes.length, max);
  }
  return answer(context, request, scene, {
    subjects: mix.map(({ subject }) => subject),
    skipped: mix.flatMap(({ skipped }) => skipped),
    warnings: mix.flatMap(({ subject }) => subject.warnings),
    limitedBy,
    message,
    nodes,
    victims: placing.victims.slice(0, victims),
    admission,
    extra: {
      rounds,
      mix: mix.map(({ subject: { kind, namespace, name }, weight }) => ({
        kind,
        namespace,
        name,
        weight,
        replicas: rounds * weight,
      })),
    },
  });
}

function emptyAnswer(context: QuestionContext, scene: Scene, skipped: readonly Skipped[]): CapacityAnswer {
  return answerOf(
    commonMembers(context, { verdict: 'yes', assumptions: scene.assumptions(), warnings: scene.warnings, skipped }),
    {
      subject: null,
      replicas: 0,
      limitedBy: 'nodes',
      message: null,
      nodeReplicas: {},
      admission: ADMITTED,
    },
  );
}
