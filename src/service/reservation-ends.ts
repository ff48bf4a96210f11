/**
 * How a write of objects ends reservations (API.md 5): the promised pod has arrived on a node, or the node has gone. Part
 * of the same decision as the write, so that room is never counted twice nor lost.
 */
import { matches, parseLabelSelector } from '../kubernetes/selectors.js';
import type { Labels } from '../kubernetes/types.js';
import { mergedPodLabels } from './pod-labels.js';
import type { Change, Draft, ReservationRow } from '../store/store.js';

/** The change that ends a reservation in the given way. */
export function endReservation(
  row: ReservationRow,
  status: 'released' | 'expired' | 'lost' | 'consumed',
  now: string,
  consumedByPod: string | null = null,
): Change {
  const { revision: _, ...rest } = row;
  return {
    op: 'reservation',
    row: { ...rest, status, endedAt: now, consumedByPod },
    model: { type: 'reservation', id: row.id, reservation: null },
  };
}

/**
 * Reservations that the changes end, oldest first. A pod consumes at most one: the one made for its name, else the first
 * whose `consumedBy` matches; a pod that was bound before this write has consumed already what it was going to.
 *
 * @param draft the state before the changes, its `reservations` loaded as 'granted'
 */
export function reservationsEndedBy(draft: Draft, changes: readonly Change[], now: string): Change[] {
  if (draft.reservations.size === 0) return [];
  const open = [...draft.reservations.values()]
    .filter((row) => row.status === 'granted')
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1));
  const ended = new Map<string, Change>();
  // of several for one name, the oldest
  const byName = new Map(open.toReversed().map((row) => [`${row.namespace}/${row.podName}`, row]));
  const bySelector = open.filter((row) => row.consumedBy !== null);
  for (const change of changes) {
    if (change.op !== 'put' && change.op !== 'delete') continue;
    const model = change.model;
    if (model?.type === 'pod' && model.pod !== null && model.pod.nodeName !== '') {
      const podKey = `${model.namespace}/${model.name}`;
      const named = byName.get(podKey);
      if (named && !ended.has(named.id)) {
        ended.set(named.id, endReservation(named, 'consumed', now, podKey));
        continue;
      }
      const before = draft.model.pod(model.namespace, model.name);
      if (before !== undefined && before.nodeName !== '') continue;
      const labels = mergedPodLabels(model.pod);
      const matching = bySelector.find((row) => !ended.has(row.id) && consumes(row, model.namespace, labels));
      if (matching) ended.set(matching.id, endReservation(matching, 'consumed', now, podKey));
    } else if (model?.type === 'node' && model.node === null) {
      for (const row of open) {
        if (row.node === model.name && !ended.has(row.id)) ended.set(row.id, endReservation(row, 'lost', now));
      }
    }
  }
  return [...ended.values()];
}

function consumes(row: ReservationRow, namespace: string, labels: Labels): boolean {
  if (row.consumedBy === null || row.consumedBy.namespace !== namespace) return false;
  const selector = parseLabelSelector(row.consumedBy.labelSelector);
  return 'value' in selector && matches(selector.value, labels);
}
