/**
 * The change log's rows, written and read.
 *
 * `data` of an event holds what is needed to replay claims without reading manifests (amounts in the scheduler's units:
 * cpu in millicores, everything else in base units; beyond 2^53 as decimal text):
 * - Node: `{ "allocatable": { … } }`
 * - Pod: `{ "node", "occupies", "requests" }`; `occupies` is false without a node and in phase Succeeded or Failed
 * - Reservation: `{ "pod": "ns/name", "node", "status", "requests" }`; it occupies while `granted`
 * - anything else, and whatever was deleted: null
 */
import type { JsonObject } from '../kubernetes/types.js';
import { PodFlag, podPhases, type ModelChange } from '../scheduler/model-change.js';
import type { PodClasses } from './pod-classes.js';
import type { SqlRow } from './rows.js';
import type { Change, ChangeEvent, ObjectKey } from './store.js';

/** Group of what is in the log and is no Kubernetes object: kinds `Cluster` and `Reservation`. */
export const STOWAGE_GROUP = 'stowage';

export const EVENT_COLUMNS = 'revision, sequence, type, api_group, kind, namespace, name, at, class_id, data';

/** The object that a change is about. */
export function changeKey(change: Change, cluster: string): ObjectKey {
  if (change.op === 'put' || change.op === 'delete') return change.key;
  if (change.op === 'reservation') {
    return { group: STOWAGE_GROUP, kind: 'Reservation', namespace: '', name: change.row.id };
  }
  return { group: STOWAGE_GROUP, kind: 'Cluster', namespace: '', name: cluster };
}

/** What `changeData` keeps in the row; the requests of pods and reservations are those of their class. */
export function eventData(change: Change): string | null {
  if (change.op === 'put') return modelData(change.model);
  if (change.op !== 'reservation') return null;
  const { namespace, podName, node, status } = change.row;
  return JSON.stringify({ pod: `${namespace}/${podName}`, node, status });
}

function modelData(change: ModelChange | null): string | null {
  if (change?.type === 'pod' && change.pod !== null) {
    return podEventData(change.pod.nodeName, change.pod.flags);
  }
  if (change?.type === 'node' && change.node !== null) {
    const amounts = [...change.node.status.allocatable].map(([name, quantity]): [string, number | string] => {
      const amount = name === 'cpu' ? quantity.milliValue() : quantity.value();
      return [name, Number.isSafeInteger(Number(amount)) ? Number(amount) : amount.toString()];
    });
    return JSON.stringify({ allocatable: Object.fromEntries(amounts) });
  }
  return null;
}

export function podEventData(nodeName: string, flags: number): string {
  const phase = podPhases[flags & PodFlag.phaseMask];
  const occupies = nodeName !== '' && phase !== 'Succeeded' && phase !== 'Failed';
  return JSON.stringify({ node: nodeName, occupies });
}

/** Reads a row selected by `EVENT_COLUMNS`. */
export function readEvent(row: SqlRow, classes: PodClasses): ChangeEvent {
  const [revision, sequence, type, group, kind, namespace, name, at, classId, text] = row;
  const data = text === null ? null : (JSON.parse(text as string) as JsonObject);
  return {
    revision: revision as number,
    sequence: sequence as number,
    type: type as ChangeEvent['type'],
    key: { group: group as string, kind: kind as string, namespace: namespace as string, name: name as string },
    at: at as string,
    data: data !== null && classId !== null ? { ...data, requests: { ...classes.requests(classId as number) } } : data,
  };
}
