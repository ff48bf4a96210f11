/**
 * Where a DaemonSet's pods run: its controller asks nodeSelector, required node affinity and tolerations, not room
 * (`pkg/controller/daemon`, NodeShouldRunDaemonPod); whether the pod then fits is the scheduler's question.
 */
import { compileNodeSelectorTerms, matchesNodeTerms } from '../kubernetes/selectors.js';
import { untoleratedTaint } from '../kubernetes/tolerations.js';
import type { Node, Pod } from '../kubernetes/types.js';

/** @param pod as its template says, not pinned to a node yet */
export function daemonRunsOn(pod: Pod, node: Node): boolean {
  const { nodeSelector, affinity, tolerations } = pod.spec;
  const { name, labels } = node.metadata;
  for (const key of Object.keys(nodeSelector)) {
    if (!Object.hasOwn(labels, key) || labels[key] !== nodeSelector[key]) return false;
  }
  const required = affinity?.nodeAffinity?.required?.nodeSelectorTerms;
  if (required !== undefined && !matchesNodeTerms(compileNodeSelectorTerms(required), name, labels)) return false;
  return untoleratedTaint(node.spec.taints, tolerations) === undefined;
}
