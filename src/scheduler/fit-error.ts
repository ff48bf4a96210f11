/** The sentence of kube-scheduler's FailedScheduling event. Upstream: `FitError.Error`; SEMANTICS 7. */
import { compareBytes } from './bytes.js';

/** `0/4 nodes are available: 1 Too many pods, 3 Insufficient cpu.`: counts by reason, sorted as texts, bytewise. */
export function filterMessage(nodes: number, counts: ReadonlyMap<string, number>): string {
  if (counts.size === 0) return `0/${nodes} nodes are available:`;
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort(compareBytes);
  return `0/${nodes} nodes are available: ${parts.join(', ')}.`;
}

/** When PreFilter refuses the whole pod. */
export function preFilterMessage(nodes: number, reason: string): string {
  return `0/${nodes} nodes are available: ${reason}.`;
}

export const noNodesMessage = 'no nodes available to schedule pods';

/** DynamicResources runs before preemption and has nothing to offer a pod without claims. */
const noClaims = 'no new claims to deallocate';

/** The whole sentence; `postFilter` is what preemption says, null when it found a node. */
export function eventMessage(message: string, postFilter: string | null, withClaims = true): string {
  if (postFilter === null) return message;
  const parts = withClaims ? [noClaims, postFilter] : [postFilter];
  return `${message} ${parts.join(', ')}`;
}
