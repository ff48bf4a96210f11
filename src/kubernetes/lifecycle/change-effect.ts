/**
 * What replacing one manifest by another restarts: the pods, single containers in place, or nothing (SEMANTICS 12.6, 12.7,
 * 4.11, 2.6). Two manifests of one kind in, the effect of each changed field out.
 */
import { podSpecPath } from '../manifests.js';
import { isJsonObject } from '../read-common.js';
import { podResizeFaults } from '../resize-rules.js';
import type { Json, JsonObject } from '../types.js';
import { notUpdatable, podUpdateFaults } from '../update-rules.js';
import type { FieldChange } from './field-change.js';
import { podChanges } from './pod-changes.js';
import { refusals, workloadChanges } from './workload-changes.js';

export interface ChangeEffect {
  readonly kind: string;
  readonly restarts: 'pods' | 'containers' | 'none';
  /** Containers that restart in place, in the order of the manifest; none where pods are replaced. */
  readonly containers: readonly string[];
  /** False: the API server refuses the update as it is. */
  readonly allowed: boolean;
  /** The API server's sentences where it refuses. */
  readonly errors: readonly string[];
  /** Whether init containers run (again) because of this change. */
  readonly initContainersRun: boolean;
  readonly changes: readonly FieldChange[];
  readonly summary: string;
}

/** Both manifests are of that kind, not necessarily of one name. */
export function changeEffect(kind: string, before: JsonObject, after: JsonObject): ChangeEffect {
  const changes = kind === 'Pod' ? podChanges(before, after) : workloadChanges(kind, before, after);
  const errors = kind === 'Pod' ? podRefusals(before, after) : refusals(kind, before, after, changes);
  // A resize is refused as an update of the pod and taken by its own subresource: it is allowed, by that way.
  const refused = changes.some(({ effect }) => effect === 'refused');
  const replaces = changes.some(({ effect }) => effect === 'pods') || (refused && kind === 'Pod');
  const inPlace = changes.flatMap(({ effect, container }) => (effect === 'container' && container ? [container] : []));
  const containers = replaces ? [] : [...new Set(inPlace)];
  const restarts = replaces ? 'pods' : containers.length > 0 ? 'containers' : 'none';
  return {
    kind,
    restarts,
    containers,
    allowed: !refused,
    errors: refused ? errors : [],
    initContainersRun: replaces && hasPlainInit(kind, after),
    changes,
    summary: summaryOf(kind, changes, restarts, containers, refused),
  };
}

/** What the update rules of stored pods take for left out by the client has been taken away here. */
function podRefusals(before: JsonObject, after: JsonObject): string[] {
  const found = [...podUpdateFaults(before, after), ...podResizeFaults(before, after)].map(({ message }) => message);
  return found.length > 0 ? found : [`spec: Forbidden: ${notUpdatable}`];
}

function summaryOf(
  kind: string,
  changes: readonly FieldChange[],
  restarts: ChangeEffect['restarts'],
  containers: readonly string[],
  refused: boolean,
): string {
  if (changes.length === 0) return 'nothing changes';
  if (refused && kind === 'Pod') {
    return 'the API server refuses this update of a pod: it takes deleting the pod and creating it again, which runs everything anew';
  }
  if (refused) return `the API server refuses this update: the ${kind} must be deleted and created again`;
  if (restarts === 'pods') return changes.find(({ effect }) => effect === 'pods')!.sentence;
  if (restarts === 'containers')
    return `only ${containers.join(', ')} restarts, in place; the pod stays, and init containers do not run again`;
  if (changes.some(({ effect }) => effect === 'newPods'))
    return changes.find(({ effect }) => effect === 'newPods')!.sentence;
  return 'nothing restarts';
}

function hasPlainInit(kind: string, manifest: JsonObject): boolean {
  let value: Json | undefined = manifest;
  for (const member of podSpecPath(kind) ?? []) value = isJsonObject(value) ? value[member] : undefined;
  const containers = isJsonObject(value) ? value['initContainers'] : undefined;
  return (
    Array.isArray(containers) && containers.some((item) => isJsonObject(item) && item['restartPolicy'] !== 'Always')
  );
}
