/**
 * The kinds that are kept, by API group (API.md 3). The group and the kind decide; any version of the group is taken,
 * because what this service reads of them has not changed between versions.
 */
export interface KindInfo {
  /** Empty for the core group. */
  readonly group: string;
  /** The version that manifests are written in today. */
  readonly version: string;
  readonly kind: string;
  /** Resource name as in API paths and quota keys. */
  readonly plural: string;
  readonly namespaced: boolean;
}

const kind = (group: string, version: string, name: string, plural: string, namespaced = true): KindInfo => ({
  group,
  version,
  kind: name,
  plural,
  namespaced,
});

export const keptKinds: readonly KindInfo[] = [
  kind('', 'v1', 'Node', 'nodes', false),
  kind('', 'v1', 'Pod', 'pods'),
  kind('', 'v1', 'Namespace', 'namespaces', false),
  kind('', 'v1', 'Service', 'services'),
  kind('', 'v1', 'ReplicationController', 'replicationcontrollers'),
  kind('', 'v1', 'LimitRange', 'limitranges'),
  kind('', 'v1', 'ResourceQuota', 'resourcequotas'),
  kind('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  kind('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  kind('apps', 'v1', 'Deployment', 'deployments'),
  kind('apps', 'v1', 'StatefulSet', 'statefulsets'),
  kind('apps', 'v1', 'ReplicaSet', 'replicasets'),
  kind('apps', 'v1', 'DaemonSet', 'daemonsets'),
  kind('batch', 'v1', 'Job', 'jobs'),
  kind('batch', 'v1', 'CronJob', 'cronjobs'),
  kind('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  kind('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  kind('scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', false),
  kind('node.k8s.io', 'v1', 'RuntimeClass', 'runtimeclasses', false),
  kind('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  kind('storage.k8s.io', 'v1', 'CSINode', 'csinodes', false),
];

const byGroupAndKind = new Map(keptKinds.map((info) => [`${info.group}/${info.kind}`, info]));
const byKind = new Map(keptKinds.map((info) => [info.kind, info]));

export function keptKind(group: string, kindName: string): KindInfo | undefined {
  return byGroupAndKind.get(`${group}/${kindName}`);
}

/** The kept kind of that name in whatever group: kind names are unique among them. */
export function kindNamed(kindName: string): KindInfo | undefined {
  return byKind.get(kindName);
}

/** `apps/v1` → group `apps`, version `v1`; `v1` → the core group, which is the empty string. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionOf(info: KindInfo): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`;
}
