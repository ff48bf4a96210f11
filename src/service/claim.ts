/** Choosing the node of a claim on a draft of the model: what `fit` would choose, taken at once (API.md 5). Pure. */
import { profileOrDefault } from '../planning/profiles.js';
import { amountText } from '../planning/quantities.js';
import { topPositions } from '../planning/fit.js';
import { compilePod, schedule } from '../scheduler/cycle.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { ModelChange, PodRecord } from '../scheduler/model-change.js';
import { gatedCondition } from '../scheduler/plugins/scheduling-gates.js';
import { amountOf, podClass } from '../scheduler/pod-class.js';
import { resourceName } from '../scheduler/resources.js';

export type Choice =
  { readonly node: string } | { readonly refused: string; readonly shortfall: Readonly<Record<string, string>> };

/** @param node the only node that will do; null: the best one */
export function choose(model: ClusterModel, pod: PodRecord, node: string | null): Choice {
  const record = { ...pod, nodeName: node ?? '' };
  const compiled = compilePod(record, profileOrDefault(model, record), { keepNodeName: node !== null });
  if (compiled.podClass.source.schedulingGates !== undefined) return { refused: gatedCondition.message, shortfall: {} };
  const result = schedule(model, compiled);
  const [best] = topPositions(result, 1, null);
  if (best !== undefined) return { node: model.nodeName(result.feasible[best]!) };
  return { refused: result.message() ?? 'no node can take it', shortfall: shortfall(model, pod, node) };
}

/** How much the roomiest node (or the given one) is short of, resource by resource. */
function shortfall(model: ClusterModel, pod: PodRecord, node: string | null): Record<string, string> {
  const { requests } = podClass(pod.shape);
  const slots = node === null ? model.nodeSlots() : [model.nodeSlot(node)].filter((slot) => slot >= 0);
  const short: Record<string, string> = {};
  model.allocatable.forEach((column, id) => {
    const asked = amountOf(requests, id);
    if (asked === 0) return;
    let most = -Infinity;
    for (const slot of slots) most = Math.max(most, (column?.[slot] ?? 0) - (model.requested[id]?.[slot] ?? 0));
    if (most > -Infinity && most < asked) short[resourceName(id)] = amountText(resourceName(id), asked - most);
  });
  return short;
}

export function claimChange(id: string, pod: PodRecord): ModelChange {
  return { type: 'reservation', id, reservation: { id, pod } };
}
