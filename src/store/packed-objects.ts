/**
 * Objects of a bulk write as one piece of memory, and the rows that the thread or connection that writes them makes of it:
 * the main thread only says what becomes of each. JSON text, since nothing unpacks faster.
 */
import type { JsonObject } from '../kubernetes/types.js';
import { podEventData } from './change-log.js';
import type { SqlRow } from './rows.js';

export type PackedPod = readonly [
  /** Number of the pod's shape within the write. */
  shape: number,
  nodeName: string,
  ownLabels: string | null,
  flags: number,
  startTime: number | null,
  creationTime: number | null,
  nominatedNodeName: string,
];

export type PackedObject = readonly [
  group: string,
  kind: string,
  namespace: string,
  name: string,
  /** Empty: the object is gone. */
  hash: string,
  /** Pods have those of their shape, and none here. */
  labels: string | null,
  /** Place among the manifests staged with it; -1: not staged. */
  body: number,
  pod: PackedPod | null,
  /** Where the model keeps it, or it may have to be merged with what is stored. */
  manifest: JsonObject | null,
];

/** UTF-8 JSON text of an array of `PackedObject`, in a buffer of its own. */
export type PackedObjects = Uint8Array<ArrayBuffer>;

export function packObjects(objects: readonly PackedObject[]): PackedObjects {
  return new TextEncoder().encode(JSON.stringify(objects));
}

const decoder = new TextDecoder();

export function unpackObjects(packed: PackedObjects): readonly PackedObject[] {
  return JSON.parse(decoder.decode(packed)) as PackedObject[];
}

/** What becomes of the pods among packed objects, by place. */
export interface PackedPodWrites {
  readonly objects: PackedObjects;
  readonly clusterId: number;
  readonly revision: number;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly fates: Uint8Array;
  readonly classIds: Int32Array;
  /** Positions within the revision. */
  readonly sequences: Int32Array;
  readonly manifestIds: Float64Array;
}

/** Values of `fates`. */
const NOT_WRITTEN = 0;
const ADDED = 1;
const MODIFIED = 2;

/** Collects what becomes of the pods of one piece of memory, which is given away when it is written. */
export class PodPack {
  private readonly fates: Uint8Array;
  private readonly classIds: Int32Array;
  private readonly sequences: Int32Array;
  private readonly manifestIds: Float64Array;

  constructor(
    private readonly objects: PackedObjects,
    size: number,
  ) {
    this.fates = new Uint8Array(size);
    this.classIds = new Int32Array(size);
    this.sequences = new Int32Array(size);
    this.manifestIds = new Float64Array(size);
  }

  put(place: number, added: boolean, classId: number, sequence: number, manifestId: number): void {
    this.fates[place] = added ? ADDED : MODIFIED;
    this.classIds[place] = classId;
    this.sequences[place] = sequence;
    this.manifestIds[place] = manifestId;
  }

  writes(clusterId: number, revision: number, at: string): PackedPodWrites {
    const { objects, fates, classIds, sequences, manifestIds } = this;
    return { objects, clusterId, revision, at, fates, classIds, sequences, manifestIds };
  }
}

/** Rows of the tables `pod` and `change_log`. */
export function packedPodRows(writes: PackedPodWrites): { readonly pods: SqlRow[]; readonly log: SqlRow[] } {
  const { clusterId, revision, at, fates, classIds, sequences, manifestIds } = writes;
  const pods: SqlRow[] = [];
  const log: SqlRow[] = [];
  // By index: taking arrays apart by their iterators is several times the machine code, and compiling it cost more than
  // the rows of a small import do.
  const objects = unpackObjects(writes.objects);
  for (let place = 0; place < objects.length; place++) {
    const fate = fates[place]!;
    const object = objects[place]!;
    const pod = object[7];
    if (fate === NOT_WRITTEN || pod === null) continue;
    const namespace = object[2];
    const name = object[3];
    const nodeName = pod[1];
    const flags = pod[3];
    const classId = classIds[place]!;
    pods.push([
      clusterId,
      namespace,
      name,
      revision,
      object[4],
      manifestIds[place]!,
      classId,
      nodeName,
      pod[2],
      flags,
      pod[4],
      pod[5],
      pod[6],
    ]);
    const type = fate === ADDED ? 'ADDED' : 'MODIFIED';
    const data = podEventData(nodeName, flags);
    log.push([clusterId, revision, sequences[place]!, type, object[0], object[1], namespace, name, at, classId, data]);
  }
  return { pods, log };
}
