/** API.md 4.10: where one stored pod stands, and why. */
import { isObject } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { PodFlag, podPhases } from '../scheduler/model-change.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { ClusterModel } from '../scheduler/model.js';
import { gatedReason } from '../scheduler/plugins/scheduling-gates.js';
import { podClass } from '../scheduler/pod-class.js';
import type { ExplanationAnswer, ExplanationRequest, PodStage } from './answers.js';
import { answerOf, commonMembers } from './common.js';
import type { QuestionContext } from './context.js';
import { PlanningError } from './errors.js';
import { fit } from './fit.js';
import { waitsFor } from './pending.js';
import { refText } from './request.js';
import type { ObjectRef } from './request.js';

/** The pod's manifest, which the answer reads its condition from: to be in `QuestionContext.manifests`. */
export function explanationManifest({ namespace, name }: ExplanationRequest): ObjectRef {
  return { group: 'core', kind: 'Pod', namespace, name };
}

/** Refuses with `not_found`. The verdict is that of `fit` while the pod waits, and yes once it has a node. */
export function explanation(context: QuestionContext, request: ExplanationRequest): ExplanationAnswer {
  const { model } = context;
  const { namespace, name } = request;
  const record = model.pod(namespace, name);
  if (record === undefined) {
    throw new PlanningError('not_found', `Pod "${namespace}/${name}" not found`, {
      resource: { kind: 'Pod', name: `${namespace}/${name}` },
    });
  }
  const manifest = context.manifests.get(refText(explanationManifest(request)));
  const { stage, sentence } = standing(model, record);
  const waits = record.nodeName === '' && stage !== 'finished' && stage !== 'terminating';
  const answer =
    waits && manifest !== undefined
      ? fit(context, {
          manifest: { apiVersion: 'v1', kind: 'Pod', ...manifest },
          explain: 'all',
          fieldValidation: 'Ignore',
          ...(request.quantities === undefined ? {} : { quantities: request.quantities }),
        })
      : null;
  return answerOf(
    commonMembers(context, {
      verdict: answer?.verdict ?? (waits ? 'unknown' : 'yes'),
      ...(answer === null ? {} : { notEvaluated: answer.notEvaluated, assumptions: answer.assumptions }),
    }),
    {
      pod: `${namespace}/${name}`,
      stage,
      sentence,
      node: record.nodeName === '' ? null : record.nodeName,
      condition: scheduledCondition(manifest),
      fit: answer,
    },
  );
}

function standing(model: ClusterModel, record: PodRecord): { stage: PodStage; sentence: string } {
  const phase = podPhases[record.flags & PodFlag.phaseMask] ?? '';
  const { nodeName } = record;
  if (phase === 'Succeeded' || phase === 'Failed') {
    return { stage: 'finished', sentence: `The pod has ended (${phase}) and takes no room.` };
  }
  if (nodeName !== '') {
    if (model.nodeSlot(nodeName) < 0) {
      return { stage: 'orphan', sentence: `The pod is bound to ${nodeName}, a node that is not stored.` };
    }
    if ((record.flags & PodFlag.terminating) !== 0) {
      return {
        stage: 'terminating',
        sentence: `The pod is being deleted; until it is gone it takes its room on ${nodeName}.`,
      };
    }
    if (phase === 'Running') return { stage: 'running', sentence: `The pod runs on ${nodeName}.` };
    return {
      stage: 'boundNotStarted',
      sentence: `The pod is bound to ${nodeName} and takes its room there; its containers have not all started.`,
    };
  }
  const { stage, message } = waitsFor(model, record);
  if (stage !== 'gated') return { stage, sentence: message };
  return { stage, sentence: `${message}: ${gatedReason(podClass(record.shape).source.schedulingGates ?? [])}` };
}

/** What the cluster itself said. */
function scheduledCondition(manifest: JsonObject | undefined): ExplanationAnswer['condition'] {
  const status = manifest?.['status'];
  const conditions = isObject(status) ? status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return null;
  const found = conditions.find((condition) => isObject(condition) && condition['type'] === 'PodScheduled');
  if (!isObject(found)) return null;
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  return {
    type: 'PodScheduled',
    status: text(found['status']),
    reason: text(found['reason']),
    message: text(found['message']),
  };
}
