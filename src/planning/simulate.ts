/**
 * API.md 4.4: would all of this fit together? Workloads expand to the pods that their controllers would keep; the pods
 * queue by priority, then in the order of the body, and are placed one after another, each where `fit` would put it.
 */
import type { AdmissionError } from '../kubernetes/admission/admission-error.js';
import type { QuotaClaim, QuotaLedger } from '../kubernetes/admission/resource-quota.js';
import { defaultPod } from '../kubernetes/defaulting.js';
import { Faults } from '../kubernetes/faults.js';
import { autoscalerMaximum, expandMatchLabelKeys, pinToNode } from '../kubernetes/pod-templates.js';
import { readPod } from '../kubernetes/read-pod.js';
import type { Json } from '../kubernetes/types.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import { podClass } from '../scheduler/pod-class.js';
import { podRecord } from '../scheduler/pod-shape.js';
import { forbidden, quotaLedger, refusalOf } from './admission.js';
import { allocationTotals } from './allocation-totals.js';
import type { SimulateAnswer, SimulateRequest } from './answers.js';
import { answerOf, commonMembers, verdictOf } from './common.js';
import type { Skipped } from './common.js';
import type { QuestionContext } from './context.js';
import { daemonRunsOn } from './daemons.js';
import { Placing } from './placing.js';
import { hasUnknownScheduler, notEvaluatedOf } from './profiles.js';
import { Scene } from './scene.js';
import { nothingToEvaluate, readSubjects, replica, storedManifest } from './subject.js';
import type { Subject } from './subject.js';
import { podsOfWorkload, unusedName } from './workload-pods.js';

const PROGRESS_EVERY = 2000;

/** The pods of one workload that are to be placed, one class as a rule. */
interface Run {
  readonly subject: Subject;
  readonly priority: number;
  readonly records: readonly PodRecord[];
}

interface Expanded {
  readonly run: Run;
  /** Pods that the workload asks for. */
  readonly wanted: number;
  /** Bound pods that it has. */
  readonly existing: number;
}

/** A million replicas that fit nowhere fail in the same words: an answer lists so many, `remaining` counts them all. */
const MOST_FAILURES = 10_000;

function unlisted(failures: number): string[] {
  if (failures <= MOST_FAILURES) return [];
  return [`failures lists the first ${MOST_FAILURES} of ${failures} pods that found no place`];
}

/** Refuses with `invalid_manifest`, `nothing_to_evaluate`, `empty_selection`, `not_found` and `invalid_request`. */
export function simulate(context: QuestionContext, request: SimulateRequest): SimulateAnswer {
  const scene = new Scene(context, request);
  const { subjects, skipped } = readAll(context, request, scene);
  const before = allocationTotals(scene.model, request.quantities ?? 'string');
  for (const subject of subjects) scene.enter(subject);
  const expanded = subjects.map((subject) => expand(context, scene, subject, request));
  scene.placePending();
  const model = scene.own();
  const runs = expanded.map(({ run }) => run).sort((a, b) => b.priority - a.priority);
  const outcome = placeRuns(context, model, runs, request);
  const toPlace = runs.reduce((sum, { records }) => sum + records.length, 0);
  const gang = request.gang === true && outcome.failures.length > 0;
  const placements = gang ? [] : outcome.placements;
  const records = subjects.map(({ record }) => record);
  const notEvaluated = notEvaluatedOf(model, records);
  const errors = uniqueErrors([...subjects.flatMap(({ admission }) => admission.errors), ...outcome.errors]);
  return answerOf(
    commonMembers(context, {
      verdict: hasUnknownScheduler(model, records) ? 'unknown' : verdictOf(outcome.failures.length === 0, notEvaluated),
      notEvaluated,
      assumptions: scene.assumptions(),
      warnings: [
        ...scene.warnings,
        ...new Set(subjects.flatMap(({ warnings }) => warnings)),
        ...unlisted(outcome.failures.length),
      ],
      skipped,
    }),
    {
      requested: expanded.reduce((sum, { wanted }) => sum + wanted, 0),
      placed: placements.length,
      remaining: toPlace - placements.length,
      existing: expanded.reduce((sum, { existing }) => sum + existing, 0),
      placements,
      failures: outcome.failures.slice(0, MOST_FAILURES),
      ...(request.preemption === true ? { preemption: { victims: gang ? [] : outcome.victims } } : {}),
      admission: { allowed: errors.length === 0, errors },
      allocation: { before, after: gang ? before : allocationTotals(model, request.quantities ?? 'string') },
    },
  );
}

function readAll(
  context: QuestionContext,
  request: SimulateRequest,
  scene: Scene,
): { subjects: readonly Subject[]; skipped: readonly Skipped[] } {
  const values: Json[] = [];
  if (request.manifests !== undefined) {
    values.push(...(Array.isArray(request.manifests) ? request.manifests : [request.manifests]));
  }
  for (const workload of request.workloads ?? []) values.push(storedManifest(context, workload));
  scene.enterCompanions(values);
  const { subjects, skipped } = readSubjects(values, request, scene.model);
  if (subjects.length === 0 && request.allowEmpty !== true) throw nothingToEvaluate();
  return { subjects, skipped };
}

function expand(context: QuestionContext, scene: Scene, subject: Subject, request: SimulateRequest): Expanded {
  const { workload, record } = subject;
  const mode = request.existing ?? 'delta';
  const slots = podsOfWorkload(scene.model, subject);
  const bound = slots.filter((slot) => scene.model.nodeOfPod(slot) >= 0);
  const names = new Set(bound.map((slot) => scene.model.podName(slot)));
  const nodes = new Set(bound.map((slot) => scene.model.nodeName(scene.model.nodeOfPod(slot))));
  // Pods that wait are among those to be placed; under `replace` so are those that run.
  const anew = mode === 'add' ? [] : mode === 'replace' ? slots : slots.filter((slot) => !bound.includes(slot));
  for (const { namespace, name } of anew.map((slot) => scene.model.podAt(slot))) {
    scene.own().apply({ type: 'pod', namespace, name, pod: null });
  }
  const stay = mode === 'delta';
  const priority = podClass(record.shape).priority;
  if (workload.perNode) {
    const eligible = eligibleNodes(scene.model, subject);
    const placed = eligible.filter((node) => !stay || !nodes.has(node));
    const pinned = placed.map((node, index) => pinnedRecord(scene.model, subject, node, index));
    return { run: { subject, priority, records: pinned }, wanted: eligible.length, existing: bound.length };
  }
  const wanted = replicasOf(scene.model, subject, request);
  const missing = stay ? Math.max(0, wanted - bound.length) : wanted;
  const added: PodRecord[] = [];
  for (let index = 0; added.length < missing; index++) {
    // Naming a million takes seconds: whether anybody still waits is asked here too.
    if (index % PROGRESS_EVERY === 0) context.progress?.(0, missing);
    const next = replica(subject, index);
    if (stay && names.has(next.name)) continue;
    added.push(unusedName(scene.model, next));
  }
  return { run: { subject, priority, records: added }, wanted, existing: bound.length };
}

function replicasOf(model: ClusterModel, subject: Subject, { replicas }: SimulateRequest): number {
  if (replicas !== 'hpaMax') return subject.workload.replicas;
  const autoscalers = model.objects.list('autoscaling', 'HorizontalPodAutoscaler').map(({ object }) => object);
  return autoscalerMaximum(subject, autoscalers) ?? subject.workload.replicas;
}

/** Names of the nodes that the DaemonSet's controller would give a pod. */
function eligibleNodes(model: ClusterModel, { pod }: Subject): string[] {
  return [...model.nodeSlots()]
    .filter((slot) => daemonRunsOn(pod, model.node(slot)))
    .map((slot) => model.nodeName(slot));
}

function pinnedRecord(model: ClusterModel, subject: Subject, node: string, index: number): PodRecord {
  const manifest = pinToNode(subject.workload.pod(index), node);
  const pod = defaultPod(readPod(manifest, new Faults(), { namespace: subject.namespace }));
  const { spec } = subject.pod;
  // What admission gave the first pod, this one gets too: all but the affinity is the same.
  const admitted = { ...pod, spec: { ...spec, affinity: pod.spec.affinity, nodeName: '' } };
  return unusedName(model, podRecord(expandMatchLabelKeys(admitted)));
}

interface Outcome {
  readonly placements: SimulateAnswer['placements'];
  readonly failures: SimulateAnswer['failures'];
  readonly errors: readonly AdmissionError[];
  readonly victims: readonly string[];
}

function placeRuns(
  context: QuestionContext,
  model: ClusterModel,
  runs: readonly Run[],
  request: SimulateRequest,
): Outcome {
  const placements: { pod: string; node: string }[] = [];
  const failures: { pod: string; message: string }[] = [];
  const errors: AdmissionError[] = [];
  const placing = new Placing(model);
  const ledgers = new Map<string, QuotaLedger | null>();
  if (request.admission !== 'ignore') {
    for (const { subject } of runs) {
      const { namespace } = subject.record;
      if (!ledgers.has(namespace)) ledgers.set(namespace, quotaLedger(model, namespace));
    }
  }
  const total = runs.reduce((sum, { records }) => sum + records.length, 0);
  let done = 0;
  for (const { subject, records } of runs) {
    const ledger = ledgers.get(subject.record.namespace) ?? null;
    const claim: QuotaClaim | undefined = ledger?.claim(subject.pod);
    const gated = podClass(subject.record.shape).source.schedulingGates !== undefined;
    /** What refused the last pod: it refuses every equal one that follows. */
    let refused: { shape: string; message: string } | null = null;
    const barred = request.admission === 'ignore' ? null : refusalOf(subject.admission);
    let quotaErrors: readonly AdmissionError[] | null = null;
    for (const record of records) {
      if (done++ % PROGRESS_EVERY === 0) context.progress?.(done - 1, total);
      const pod = `${record.namespace}/${record.name}`;
      if (barred === null && quotaErrors === null && ledger !== null && claim !== undefined && !ledger.admits(claim)) {
        quotaErrors = ledger.check(claim);
        errors.push(...quotaErrors);
      }
      const refusal = barred ?? (quotaErrors === null ? null : { allowed: false, errors: quotaErrors });
      if (refusal !== null) {
        failures.push({ pod, message: forbidden(record.name, refusal) });
        continue;
      }
      if (gated) {
        failures.push({ pod, message: gatedCondition.message });
        if (claim !== undefined) ledger?.charge(claim);
        continue;
      }
      // The quota is used by the pod's creation, whether it is scheduled or not.
      if (claim !== undefined) ledger?.charge(claim);
      if (refused !== null && refused.shape === record.shape && record.ownLabels === null) {
        failures.push({ pod, message: refused.message });
        continue;
      }
      const node = placing.place(record) ?? (request.preemption === true ? placing.placeByPreemption(record) : null);
      if (node === null) {
        refused = { shape: record.shape, message: placing.message(record) };
        failures.push({ pod, message: refused.message });
      } else placements.push({ pod, node });
    }
  }
  context.progress?.(total, total);
  return { placements, failures, errors, victims: placing.victims };
}

function uniqueErrors(errors: readonly AdmissionError[]): AdmissionError[] {
  const seen = new Set<string>();
  return errors.filter(({ object, message }) => {
    const key = `${object}\n${message}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
