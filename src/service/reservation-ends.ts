/**
 * How a write of objects ends reservations (API.md 5): the promised pod has arrived on a node, or the node has gone. Part
 * of the same decision as the write, so that room is never counted twice nor lost.
 */
import { matches, parseLabelSelector } from '../kubernetes/selectors.js';
import type { Labels } from '../kubernetes/types.js';
import type { ModelChange, PodRecord } from '../scheduler/model-change.js';
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
 * The reservations that changes end. A pod consumes at most one: the one made for its name, else the first (oldest) whose
 * `consumedBy` matches; a pod that was bound before this write has consumed already what it was going to.
 */
export class EndingReservations {
  private readonly open: readonly ReservationRow[];
  private readonly byName: ReadonlyMap<string, ReservationRow>;
  private readonly bySelector: readonly ReservationRow[];
  private readonly ended = new Map<string, Change>();

  /** @param draft the state before the changes, its `reservations` loaded as 'granted' */
  constructor(
    private readonly draft: Draft,
    private readonly now: string,
  ) {
    this.open = [...draft.reservations.values()]
      .filter((row) => row.status === 'granted')
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1));
    // of several for one name, the oldest
    this.byName = new Map(this.open.toReversed().map((row) => [`${row.namespace}/${row.podName}`, row]));
    this.bySelector = this.open.filter((row) => row.consumedBy !== null);
  }

  /** Whether there is any that could end. */
  get any(): boolean {
    return this.open.length > 0;
  }

  /** Takes the next change of an object into account: what it does to the model. */
  see(model: ModelChange | null): void {
    if (model?.type === 'pod' && model.pod !== null && model.pod.nodeName !== '') this.seePod(model.pod);
    else if (model?.type === 'node' && model.node === null) this.seeNodeGone(model.name);
  }

  /** The changes that end them, in the order in which they were seen to end. */
  changes(): Change[] {
    return [...this.ended.values()];
  }

  private seePod(pod: PodRecord): void {
    const { namespace, name } = pod;
    const podKey = `${namespace}/${name}`;
    const named = this.byName.get(podKey);
    if (named && !this.ended.has(named.id)) {
      this.end(named, 'consumed', podKey);
      return;
    }
    if (this.bySelector.length === 0) return;
    const before = this.draft.model.pod(namespace, name);
    if (before !== undefined && before.nodeName !== '') return;
    const labels = mergedPodLabels(pod);
    const matching = this.bySelector.find((row) => !this.ended.has(row.id) && consumes(row, namespace, labels));
    if (matching) this.end(matching, 'consumed', podKey);
  }

  private seeNodeGone(name: string): void {
    for (const row of this.open) if (row.node === name && !this.ended.has(row.id)) this.end(row, 'lost');
  }

  private end(row: ReservationRow, status: 'consumed' | 'lost', consumedByPod: string | null = null): void {
    this.ended.set(row.id, endReservation(row, status, this.now, consumedByPod));
  }
}

/** Reservations that the changes end. */
export function reservationsEndedBy(draft: Draft, changes: readonly Change[], now: string): Change[] {
  const ending = new EndingReservations(draft, now);
  if (!ending.any) return [];
  for (const change of changes) if (change.op === 'put' || change.op === 'delete') ending.see(change.model);
  return ending.changes();
}

function consumes(row: ReservationRow, namespace: string, labels: Labels): boolean {
  if (row.consumedBy === null || row.consumedBy.namespace !== namespace) return false;
  const selector = parseLabelSelector(row.consumedBy.labelSelector);
  return 'value' in selector && matches(selector.value, labels);
}
