/**
 * What an import keeps of its objects between reading and deciding, packed: text that is parsed when its turn comes. An
 * object costs some 150 bytes that no garbage collector looks at, where its live objects would cost five times that.
 */
import { Faults } from '../kubernetes/faults.js';
import { readNode } from '../kubernetes/read-node.js';
import type { JsonObject } from '../kubernetes/types.js';
import type { ModelChange, PodRecord } from '../scheduler/model-change.js';
import {
  PodPack,
  unpackObjects,
  type PackedObject,
  type PackedObjects,
  type PackedPod,
} from '../store/packed-objects.js';
import type { PackedTexts } from '../store/packed-texts.js';
import type { ObjectKey, StagedManifest, StagedSlice } from '../store/store.js';
import { removal, type PreparedObject } from './stored-object.js';

/** Some hundred objects, as a reader hands them over. All of its memory can be transferred. */
export interface ReadSlice {
  /** Manifests to be staged. */
  readonly bodies: PackedTexts;
  /** Number of objects. */
  readonly size: number;
  readonly objects: PackedObjects;
  /** Pod shapes that come up for the first time; their numbers go on where those of the last slice ended. */
  readonly shapes: readonly string[];
  /** Places, counted over all slices, of objects that a later one of the same name replaces. */
  readonly superseded: readonly number[];
}

export function packRemoval({ group, kind, namespace, name }: ObjectKey): PackedObject {
  return [group, kind, namespace, name, '', null, -1, null, null];
}

/**
 * @param shape number of the pod's shape
 * @param body -1: the manifest is kept here, as a proposal
 */
export function packObject(prepared: PreparedObject, shape: (text: string) => number, body: number): PackedObject {
  const { key, hash, labels, model, manifest } = prepared;
  const { group, kind, namespace, name } = key;
  const kept = body < 0 ? manifest : null;
  if (model?.type === 'pod' && model.pod !== null) return packPod(model.pod, hash, shape(model.pod.shape), body, kept);
  return [group, kind, namespace, name, hash, labels, body, null, model === null ? kept : manifest];
}

/** @param shape as for `packObject`, its number */
export function packPod(
  pod: PodRecord,
  hash: string,
  shape: number,
  body: number,
  manifest: JsonObject | null,
): PackedObject {
  const { namespace, name, nodeName, ownLabels, flags, startTime, creationTime, nominatedNodeName } = pod;
  const packed: PackedPod = [shape, nodeName, ownLabels, flags, startTime, creationTime, nominatedNodeName];
  return ['', 'Pod', namespace, name, hash, null, body, packed, manifest];
}

/** One object of an import, as it was read. */
export interface Incoming {
  readonly key: ObjectKey;
  readonly deleted: boolean;
  readonly hash: string;
  readonly labels: string | null;
  /** Set where the stored status or nodeName may have to be kept: then all is made anew in the decision. */
  readonly proposal: JsonObject | null;
  /** The manifest, or where it was staged. */
  readonly manifest: string | StagedManifest;
  /** Where its row is packed, of a pod that was staged. */
  readonly packed: { readonly pack: PodPack; readonly place: number } | undefined;
  /** What it does to the model; made when asked for. */
  model(): ModelChange | null;
}

/** A slice that waits to be decided, its manifests in the database. */
export class WaitingSlice {
  readonly size: number;
  private readonly objects: PackedObjects;
  private readonly pack: PodPack;

  /**
   * @param first place of its first object, counted over all slices
   * @param shapes of the whole import, by number
   * @param superseded places of objects that a later one replaces, of the whole import
   */
  constructor(
    slice: ReadSlice,
    private readonly staged: StagedSlice,
    private readonly first: number,
    private readonly shapes: readonly string[],
    private readonly superseded: ReadonlySet<number>,
  ) {
    this.size = slice.size;
    this.objects = slice.objects;
    this.pack = new PodPack(slice.objects, slice.size);
  }

  /** The objects that no later one replaces, with their places in the slice. */
  *[Symbol.iterator](): Generator<readonly [place: number, object: Incoming]> {
    for (const [place, object] of unpackObjects(this.objects).entries()) {
      if (!this.superseded.has(this.first + place)) yield [place, this.unpack(object, place)];
    }
  }

  private unpack(object: PackedObject, place: number): Incoming {
    const [group, kind, namespace, name, hash, labels, body, pod, manifest] = object;
    const key = { group, kind, namespace, name };
    const { shapes } = this;
    const deleted = hash === '';
    const proposal = body < 0 && !deleted ? manifest : null;
    return {
      key,
      deleted,
      hash,
      labels,
      proposal,
      manifest: body < 0 ? JSON.stringify(manifest) : this.staged.ticket(body),
      packed: pod !== null && body >= 0 ? { pack: this.pack, place } : undefined,
      model: () => {
        if (deleted) return removal(key);
        if (pod !== null) return podChange(namespace, name, pod, shapes);
        if (manifest === null || removal(key) === null) return null;
        if (group === '' && kind === 'Node') return { type: 'node', name, node: readNode(manifest, new Faults()) };
        return { type: 'object', group, kind, namespace, name, object: manifest };
      },
    };
  }
}

function podChange(namespace: string, name: string, pod: PackedPod, shapes: readonly string[]): ModelChange {
  const [shape, nodeName, ownLabels, flags, startTime, creationTime, nominatedNodeName] = pod;
  const times = { startTime, creationTime };
  const record = { namespace, name, nodeName, shape: shapes[shape]!, ownLabels, flags, ...times, nominatedNodeName };
  return { type: 'pod', namespace, name, pod: record };
}
