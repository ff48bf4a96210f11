/**
 * Words for programs, one a filter reason (SEMANTICS 5.4). The sentence is Kubernetes', the word is ours; what is not
 * listed is `Other`.
 */
const CODES: ReadonlyMap<string, string> = new Map([
  ['Too many pods', 'TooManyPods'],
  ['node(s) were unschedulable', 'NodeUnschedulable'],
  ["node(s) didn't match the requested node name", 'NodeNameMismatch'],
  ['node(s) had untolerated taint(s)', 'UntoleratedTaint'],
  ["node(s) didn't match Pod's node affinity/selector", 'NodeAffinityMismatch'],
  ["node(s) didn't match scheduler-enforced node affinity", 'EnforcedNodeAffinityMismatch'],
  ["node(s) didn't have free ports for the requested pod ports", 'HostPortConflict'],
  ["node(s) didn't match pod topology spread constraints (missing required label)", 'TopologyLabelMissing'],
  ["node(s) didn't match pod topology spread constraints", 'TopologySpreadViolated'],
  ["node(s) didn't match pod affinity rules", 'PodAffinityUnsatisfied'],
  ["node(s) didn't match pod anti-affinity rules", 'PodAntiAffinityViolated'],
  ["node(s) didn't satisfy existing pods anti-affinity rules", 'ExistingPodAntiAffinityViolated'],
  ["node(s) didn't match Pod's required features", 'DeclaredFeatureMissing'],
  ['pod affinity terms conflict', 'NodeAffinityConflict'],
]);

const INSUFFICIENT = 'Insufficient ';

export interface CodedReason {
  readonly reasonCode: string;
  readonly resource?: string;
}

export function reasonCode(reason: string): CodedReason {
  if (reason.startsWith(INSUFFICIENT)) {
    return { reasonCode: 'InsufficientResource', resource: reason.slice(INSUFFICIENT.length) };
  }
  if (reason.startsWith("node(s) didn't satisfy plugin")) return { reasonCode: 'NodeNotSelected' };
  return { reasonCode: CODES.get(reason) ?? 'Other' };
}
