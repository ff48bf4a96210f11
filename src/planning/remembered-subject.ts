/**
 * Subjects of manifests that were asked about before. Reading, defaulting, admitting and validating a pod costs several
 * times what placing it does; all of that depends on the manifest, four options and the cluster's policies alone.
 */
import type { JsonObject } from '../kubernetes/types.js';
import type { AdmissionPolicies } from '../kubernetes/admission/admit-pod.js';
import type { ClusterModel } from '../scheduler/model.js';
import { RememberedOf } from '../scheduler/remembered-of.js';
import { policiesOf } from './admission.js';
import type { QuestionContext } from './context.js';
import type { CommonOptions, SubjectRequest } from './request.js';
import { readOneSubject } from './subject.js';

type ReadSubject = ReturnType<typeof readOneSubject>;

interface Remembered {
  readonly policies: AdmissionPolicies;
  readonly options: string;
  readonly read: ReadSubject;
}

/** By the manifest's identity: it is forgotten with the manifest. */
const subjects = new RememberedOf<object, Remembered>();

/** `readOneSubject`, remembered where nothing but the manifest, the options and the policies has a say. */
export function rememberedSubject(
  context: QuestionContext,
  request: SubjectRequest & CommonOptions,
  model: ClusterModel,
): ReadSubject {
  const { manifest, workload, whatIf, namespace, fieldValidation, admission, allowEmpty } = request;
  if (workload !== undefined || whatIf !== undefined || !isReference(manifest)) {
    return readOneSubject(context, request, model);
  }
  const policies = policiesOf(model);
  const options = `${namespace ?? ''}/${fieldValidation ?? ''}/${admission ?? ''}/${allowEmpty ?? ''}`;
  const known = subjects.get(manifest);
  if (known?.policies === policies && known.options === options) return known.read;
  const read = readOneSubject(context, request, model);
  // What a quota has left changes with every pod of the namespace.
  if (!policies.quotas.has(read.subject?.namespace ?? '')) subjects.set(manifest, { policies, options, read });
  return read;
}

function isReference(value: SubjectRequest['manifest']): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
