/** metadata of any object (apimachinery `metav1.ObjectMeta`). */
import type { Faults } from './faults.js';
import {
  readInt64,
  readList,
  readObject,
  readOptionalBoolean,
  readString,
  readStringList,
  readStringMap,
} from './read-common.js';
import { checkFields, checkUnknown, object, readElsewhere } from './schema.js';
import type { Json, JsonObject, ObjectMeta, OwnerReference } from './types.js';

const metaSchema = object({
  ...readElsewhere(
    'name',
    'generateName',
    'namespace',
    'uid',
    'labels',
    'annotations',
    'ownerReferences',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'finalizers',
  ),
  selfLink: 'string',
  resourceVersion: 'string',
  generation: 'int64',
  managedFields: 'any',
});

/** @param value the object's `metadata`; absent is empty */
export function readObjectMeta(value: Json | undefined, field: string, faults: Faults): ObjectMeta {
  const meta = readObject(value, field, faults) ?? {};
  faults.enter(field);
  checkFields(meta, metaSchema, faults);
  const read: ObjectMeta = {
    name: readString(meta.name, 'name', faults),
    generateName: readString(meta.generateName, 'generateName', faults) || undefined,
    namespace: readString(meta.namespace, 'namespace', faults),
    uid: readString(meta.uid, 'uid', faults) || undefined,
    labels: readStringMap(meta.labels, 'labels', faults),
    annotations: readStringMap(meta.annotations, 'annotations', faults),
    ownerReferences: readList(meta.ownerReferences, 'ownerReferences', faults, readOwnerReference),
    creationTimestamp: readString(meta.creationTimestamp, 'creationTimestamp', faults) || undefined,
    deletionTimestamp: readString(meta.deletionTimestamp, 'deletionTimestamp', faults) || undefined,
    deletionGracePeriodSeconds: readInt64(meta.deletionGracePeriodSeconds, 'deletionGracePeriodSeconds', faults),
    finalizers: readStringList(meta.finalizers, 'finalizers', faults),
  };
  faults.leave();
  return read;
}

const ownerReferenceSchema = object(
  readElsewhere('apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'),
);

function readOwnerReference(item: JsonObject, faults: Faults): OwnerReference {
  checkUnknown(item, ownerReferenceSchema, faults);
  return {
    apiVersion: readString(item.apiVersion, 'apiVersion', faults),
    kind: readString(item.kind, 'kind', faults),
    name: readString(item.name, 'name', faults),
    uid: readString(item.uid, 'uid', faults),
    controller: readOptionalBoolean(item.controller, 'controller', faults),
    blockOwnerDeletion: readOptionalBoolean(item.blockOwnerDeletion, 'blockOwnerDeletion', faults),
  };
}
