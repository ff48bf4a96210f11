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
