/**
 * Bad values as the API server prints them: it validates Kubernetes' internal types, which have no JSON names, so that
 * an object appears with all its fields under their Go names, in the order of the type (`pkg/apis/core/types.go`), and
 * maps sorted by key.
 */
import { isJsonObject } from '../read-common.js';
import type { Json, JsonObject } from '../types.js';

/** Go's field name → its JSON member, what stands there when it is absent, and the type of what is in it. */
interface InternalType {
  readonly [field: string]: readonly [member: string, zero: Json, type?: InternalType];
}

function asInternal(value: Json | undefined, type: InternalType): JsonObject {
  const object = isJsonObject(value) ? value : {};
  const fields = Object.entries(type).map(([field, [member, zero, inner]]): [string, Json] => {
    const given = object[member] ?? null;
    if (given === null) return [field, zero];
    if (inner === undefined) return [field, given];
    return [field, Array.isArray(given) ? given.map((item) => asInternal(item, inner)) : asInternal(given, inner)];
  });
  return Object.fromEntries(fields);
}

const valueOf =
  (type: InternalType) =>
  (value: Json | undefined): JsonObject =>
    asInternal(value, type);

export const taintValue = valueOf({
  Key: ['key', ''],
  Value: ['value', ''],
  Effect: ['effect', ''],
  TimeAdded: ['timeAdded', null],
});

export const resourceClaimValue = valueOf({
  Name: ['name', ''],
  ResourceClaimName: ['resourceClaimName', null],
  ResourceClaimTemplateName: ['resourceClaimTemplateName', null],
});

const profile: InternalType = { Type: ['type', ''], LocalhostProfile: ['localhostProfile', null] };

export const seccompProfileValue = valueOf(profile);

export const securityContextValue = valueOf({
  Capabilities: ['capabilities', null, { Add: ['add', null], Drop: ['drop', null] }],
  Privileged: ['privileged', null],
  SELinuxOptions: [
    'seLinuxOptions',
    null,
    { User: ['user', ''], Role: ['role', ''], Type: ['type', ''], Level: ['level', ''] },
  ],
  WindowsOptions: [
    'windowsOptions',
    null,
    {
      GMSACredentialSpecName: ['gmsaCredentialSpecName', null],
      GMSACredentialSpec: ['gmsaCredentialSpec', null],
      RunAsUserName: ['runAsUserName', null],
      HostProcess: ['hostProcess', null],
    },
  ],
  RunAsUser: ['runAsUser', null],
  RunAsGroup: ['runAsGroup', null],
  RunAsNonRoot: ['runAsNonRoot', null],
  ReadOnlyRootFilesystem: ['readOnlyRootFilesystem', null],
  AllowPrivilegeEscalation: ['allowPrivilegeEscalation', null],
  ProcMount: ['procMount', null],
  SeccompProfile: ['seccompProfile', null, profile],
  AppArmorProfile: ['appArmorProfile', null, profile],
});

const requirement: InternalType = { Key: ['key', ''], Operator: ['operator', ''], Values: ['values', null] };

export const nodeSelectorTermValue = valueOf({
  MatchExpressions: ['matchExpressions', null, requirement],
  MatchFields: ['matchFields', null, requirement],
});

const surge: InternalType = { MaxUnavailable: ['maxUnavailable', 0], MaxSurge: ['maxSurge', 0] };

/** Of Deployments and of DaemonSets. */
export const rollingStrategyValue = valueOf({
  Type: ['type', ''],
  RollingUpdate: ['rollingUpdate', null, surge],
});

const partitioned: InternalType = { Partition: ['partition', 0], MaxUnavailable: ['maxUnavailable', null] };

export const partitionedUpdateValue = valueOf(partitioned);

export const statefulSetStrategyValue = valueOf({
  Type: ['type', ''],
  RollingUpdate: ['rollingUpdate', null, partitioned],
});

export const scopeSelectorValue = valueOf({
  MatchExpressions: [
    'matchExpressions',
    null,
    { ScopeName: ['scopeName', ''], Operator: ['operator', ''], Values: ['values', null] },
  ],
});

export function disruptionBudgetSpecValue(spec: JsonObject): JsonObject {
  return {
    MinAvailable: spec['minAvailable'] ?? null,
    Selector: isJsonObject(spec['selector']) ? labelSelectorValue(spec['selector']) : null,
    MaxUnavailable: spec['maxUnavailable'] ?? null,
    UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
  };
}

/** Of `metav1`, whose types do have JSON names, and leave out what is empty. */
export function labelSelectorValue(selector: Json | undefined): JsonObject {
  const { matchLabels = null, matchExpressions = null } = isJsonObject(selector) ? selector : {};
  const value: JsonObject = {};
  if (isJsonObject(matchLabels) && Object.keys(matchLabels).length > 0) value['matchLabels'] = sortedMap(matchLabels);
  if (Array.isArray(matchExpressions) && matchExpressions.length > 0) {
    value['matchExpressions'] = matchExpressions.map((item): JsonObject => {
      const { key = '', operator = '', values = null } = isJsonObject(item) ? item : {};
      return Array.isArray(values) && values.length > 0 ? { key, operator, values } : { key, operator };
    });
  }
  return value;
}

/** A map as Go's encoder writes it: in the order of its keys. */
export function sortedMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  const keys = Object.keys(map).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, map[key]!]));
}
