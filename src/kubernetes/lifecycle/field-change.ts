/** One field that two manifests differ in, and what becomes of it. */
import { isJsonObject } from '../read-common.js';
import type { JsonObject } from '../types.js';

export type FieldEffect =
  /** Nothing restarts. */
  | 'none'
  /** One container restarts in place. */
  | 'container'
  /** Pods are replaced by new ones. */
  | 'pods'
  /** Pods that exist stay; those made later have it. */
  | 'newPods'
  /** The API server refuses it: the object must be deleted and created again. */
  | 'refused';

export interface FieldChange {
  /** `spec.template.spec.containers[app].image`: containers by name. */
  readonly field: string;
  readonly effect: FieldEffect;
  /** The container concerned; null for other fields. */
  readonly container: string | null;
  readonly sentence: string;
}

/** Members of `metadata` that matter: labels and annotations, but not kubectl's own record. */
export function metadataChange(field: string): FieldChange[] {
  if (!/^metadata\.(?:labels|annotations)/.test(field) || field.includes('last-applied-configuration')) return [];
  const sentence = field.startsWith('metadata.labels')
    ? 'labels change at once; nothing restarts (selectors may gain or lose the pod)'
    : 'annotations change at once; nothing restarts';
  return [{ field, effect: 'none', container: null, sentence }];
}

export function specOf(manifest: JsonObject): JsonObject {
  return isJsonObject(manifest['spec']) ? manifest['spec'] : {};
}
