/** Own labels differ from replica to replica (a StatefulSet's pod name): whether they decide anything. */
import type { Subject } from '../framework.js';
import type { ClusterModel } from '../model.js';
import { selectsOwnLabels } from '../plugins/pod-topology-spread.js';
import { termsOf } from '../pod-class.js';
import { namesOwnLabel } from '../pod-counters.js';

/** Whether some selector that decides about the subject names such a label, so that replicas of one class are not alike. */
export function ownLabelsMatter(model: ClusterModel, { podClass }: Subject): boolean {
  const { terms } = model.classGroups();
  if (Object.values(terms).some((group) => group.namesOwnLabels)) return true;
  if (termsOf(podClass).some(({ selector }) => namesOwnLabel(selector))) return true;
  if (podClass.spreadConstraints.some(({ selector }) => namesOwnLabel(selector))) return true;
  return selectsOwnLabels(model, podClass.namespace);
}
