/** Rows ↔ what the cluster model keeps. Followers, booting and verifying all read through here. */
import { Faults } from '../kubernetes/faults.js';
import { readNode } from '../kubernetes/read-node.js';
import type { JsonObject } from '../kubernetes/types.js';
import type { ModelChange, PodRecord, ReservationRecord } from '../scheduler/model-change.js';
import type { PodClasses } from './pod-classes.js';
import { tables, type SqlRow } from './rows.js';
import type { ReservationRow, ReservationStatus } from './store.js';

/** What `readPodRecord` reads, in its order. */
export const POD_RECORD_COLUMNS = [
  'namespace',
  'name',
  'class_id',
  'node_name',
  'own_labels',
  'flags',
  'start_time',
  'creation_time',
  'nominated_node_name',
] as const;

export function readPodRecord(row: SqlRow, classes: PodClasses): PodRecord {
  return {
    namespace: row[0] as string,
    name: row[1] as string,
    nodeName: row[3] as string,
    shape: classes.shape(row[2] as number),
    ownLabels: row[4] as string | null,
    flags: row[5] as number,
    startTime: row[6] as number | null,
    creationTime: row[7] as number | null,
    nominatedNodeName: row[8] as string,
  };
}

export function nodeChange(name: string, manifest: string): ModelChange {
  return { type: 'node', name, node: readNode(JSON.parse(manifest) as JsonObject, new Faults()) };
}

export const RESERVATION_COLUMNS = tables.reservation.columns.slice(1).join(', ');

/** A reservation's row with what it occupies, as stored. */
export interface LoadedReservation {
  readonly row: ReservationRow;
  readonly classId: number | null;
  /** JSON text of the PodRecord without its shape. */
  readonly record: string | null;
}

/** Reads a row selected by `RESERVATION_COLUMNS`. */
export function readReservation(values: SqlRow): LoadedReservation {
  const [id, namespace, podName, node, status, owner, createdAt, expiresAt, endedAt, revision, manifest] = values;
  const [consumedBy, consumedByPod, classId, record] = values.slice(11);
  return {
    row: {
      id: id as string,
      namespace: namespace as string,
      podName: podName as string,
      node: node as string,
      status: status as ReservationStatus,
      owner: owner as string,
      createdAt: createdAt as string,
      expiresAt: expiresAt as string,
      endedAt: endedAt as string | null,
      revision: revision as number,
      manifest: JSON.parse(manifest as string) as JsonObject,
      consumedBy:
        consumedBy === null ? null : (JSON.parse(consumedBy as string) as NonNullable<ReservationRow['consumedBy']>),
      consumedByPod: consumedByPod as string | null,
    },
    classId: classId as number | null,
    record: record as string | null,
  };
}

/** Of a reservation's row, what the model has to know; `occupationChange` takes them in this order. */
export const OCCUPATION_COLUMNS = ['status', 'class_id', 'record'] as const;

/** What a reservation's row means to the model: a record while it is granted, nothing afterwards. */
export function occupationChange(
  id: string,
  { granted, classId, record }: { granted: boolean; classId: number | null; record: string | null },
  classes: PodClasses,
): ModelChange {
  if (!granted || classId === null || record === null) return { type: 'reservation', id, reservation: null };
  const rest = JSON.parse(record) as Omit<PodRecord, 'shape'>;
  const reservation: ReservationRecord = { id, pod: { shape: classes.shape(classId), ...rest } };
  return { type: 'reservation', id, reservation };
}

/** The counterpart of `occupationChange`: a PodRecord's JSON without its shape. */
export function recordText(pod: PodRecord): string {
  const { shape: _shape, ...rest } = pod;
  return JSON.stringify(rest);
}
