/** SchedulingGates: a pod with gates is not attempted at all (PreEnqueue). SEMANTICS 5.3. */

/** Condition PodScheduled=False of a gated pod. */
export const gatedCondition = {
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as const;

/** The queue's own reason: gates in the pod's order, separated by spaces. */
export function gatedReason(gates: readonly string[]): string {
  return `waiting for scheduling gates: [${gates.join(' ')}]`;
}
