/** API.md 4.1: what a pod really asks for, stage by stage (SEMANTICS 2, 3), and whether admission would let it in. */
import { explainEffective } from '../kubernetes/effective.js';
import { qosClass } from '../kubernetes/qos.js';
import type { Json, ResourceRequirements } from '../kubernetes/types.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { EffectiveAnswer, EffectiveItem, EffectiveRequest } from './answers.js';
import { answerOf, commonMembers } from './common.js';
import type { QuestionContext } from './context.js';
import { bytewise, quantities } from './quantities.js';
import type { Amounts, QuantityFormat } from './quantities.js';
import { Scene } from './scene.js';
import type { Subject } from './subject.js';
import { nothingToEvaluate, readSubjects, storedManifest } from './subject.js';

/**
 * One item a pod or template in the body, in order; the verdict says whether all of them are admitted.
 *
 * @param context null: no cluster, hence no admission
 */
export function effective(context: QuestionContext | null, request: EffectiveRequest): EffectiveAnswer {
  const value =
    request.workload !== undefined && context !== null ? storedManifest(context, request.workload) : request.manifest;
  const { subjects, skipped } = readSubjects(
    value ?? [],
    request,
    context === null ? null : modelWith(context, value ?? [], request),
  );
  if (subjects.length === 0 && request.allowEmpty !== true) throw nothingToEvaluate();
  const format = request.quantities ?? 'string';
  const items = subjects.map((subject) => effectiveItem(subject, format));
  return answerOf(
    commonMembers(context, {
      verdict: items.every((item) => item.admission.allowed) ? 'yes' : 'no',
      skipped,
    }),
    {
      items,
    },
  );
}

/** The cluster with what the body brings beside its pods. */
function modelWith(context: QuestionContext, body: Json, request: EffectiveRequest): ClusterModel {
  const scene = new Scene(context, request.namespace === undefined ? {} : { namespace: request.namespace });
  scene.enterCompanions(body);
  return scene.model;
}

/** Also what `?include=effective` adds to a stored object. */
export function effectiveItem(subject: Subject, format: QuantityFormat): EffectiveItem {
  const { kind, namespace, name, workload, pod, admission, warnings } = subject;
  const explained = explainEffective(pod);
  const both = ({
    requests,
    limits,
  }: Pick<ResourceRequirements, 'requests' | 'limits'>): {
    requests: Amounts;
    limits: Amounts;
  } => ({ requests: quantities(requests, format), limits: quantities(limits, format) });
  return {
    kind,
    namespace,
    name,
    replicas: workload.replicas,
    qosClass: qosClass(pod),
    requests: quantities(explained.requests, format),
    limits: quantities(explained.limits, format),
    limitComplete: sorted(explained.limitComplete),
    init: both(explained.init),
    work: both(explained.work),
    overhead: quantities(explained.overhead, format),
    podLevel: explained.podLevel === null ? null : both(explained.podLevel),
    stages: explained.stages.map(({ container, type, requests }) => ({
      container,
      type,
      requests: quantities(requests, format),
    })),
    decidedBy: sorted(explained.decidedBy),
    containers: explained.containers.map((container) => ({
      name: container.name,
      type: container.type,
      ...both(container),
    })),
    reservedForInitOnly: quantities(explained.reservedForInitOnly, format),
    admission,
    warnings,
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries([...map].sort(([a], [b]) => bytewise(a, b)));
}
