/** Fields of core/v1 Pod that are checked for their type and not read further (Kubernetes v1.36). */
import { list, map, object, readElsewhere, type ObjectSchema } from './schema.js';

const nameOnly = object({ name: 'string' });
const keySelector = object({ name: 'string', key: 'string', optional: 'boolean' });
const objectFieldSelector = object({ apiVersion: 'string', fieldPath: 'string' });
const resourceFieldSelector = object({ containerName: 'string', resource: 'string', divisor: 'quantity' });
const keyToPaths = list(object({ key: 'string', path: 'string', mode: 'int32' }));

const seLinuxOptions = object({ user: 'string', role: 'string', type: 'string', level: 'string' });
const localhostProfile = object({ type: 'string', localhostProfile: 'string' });
const windowsOptions = object({
  gmsaCredentialSpecName: 'string',
  gmsaCredentialSpec: 'string',
  runAsUserName: 'string',
  hostProcess: 'boolean',
});

const httpHeaders = list(object({ name: 'string', value: 'string' }));
const actions = {
  exec: object({ command: list('string') }),
  httpGet: object({ path: 'string', port: 'intOrString', host: 'string', scheme: 'string', httpHeaders }),
  tcpSocket: object({ port: 'intOrString', host: 'string' }),
};
const lifecycleHandler = object({ ...actions, sleep: object({ seconds: 'int64' }) });

export const probeSchema = object({
  ...readElsewhere(
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
    'terminationGracePeriodSeconds',
  ),
  ...actions,
  grpc: object({ port: 'int32', service: 'string' }),
});

export const lifecycleSchema = object({
  postStart: lifecycleHandler,
  preStop: lifecycleHandler,
  stopSignal: 'string',
});

export const containerSchema = object({
  ...readElsewhere(
    'name',
    'image',
    'resources',
    'restartPolicy',
    'restartPolicyRules',
    'ports',
    'livenessProbe',
    'readinessProbe',
    'startupProbe',
    'lifecycle',
    'resizePolicy',
    'targetContainerName',
  ),
  command: list('string'),
  args: list('string'),
  workingDir: 'string',
  envFrom: list(
    object({
      prefix: 'string',
      configMapRef: object({ name: 'string', optional: 'boolean' }),
      secretRef: object({ name: 'string', optional: 'boolean' }),
    }),
  ),
  env: list(
    object({
      name: 'string',
      value: 'string',
      valueFrom: object({
        fieldRef: objectFieldSelector,
        resourceFieldRef: resourceFieldSelector,
        configMapKeyRef: keySelector,
        secretKeyRef: keySelector,
        fileKeyRef: object({ volumeName: 'string', path: 'string', key: 'string', optional: 'boolean' }),
      }),
    }),
  ),
  volumeMounts: list(
    object({
      name: 'string',
      readOnly: 'boolean',
      recursiveReadOnly: 'string',
      mountPath: 'string',
      subPath: 'string',
      mountPropagation: 'string',
      subPathExpr: 'string',
    }),
  ),
  volumeDevices: list(object({ name: 'string', devicePath: 'string' })),
  terminationMessagePath: 'string',
  terminationMessagePolicy: 'string',
  imagePullPolicy: 'string',
  securityContext: object({
    capabilities: object({ add: list('string'), drop: list('string') }),
    privileged: 'boolean',
    seLinuxOptions,
    windowsOptions,
    runAsUser: 'int64',
    runAsGroup: 'int64',
    runAsNonRoot: 'boolean',
    readOnlyRootFilesystem: 'boolean',
    allowPrivilegeEscalation: 'boolean',
    procMount: 'string',
    seccompProfile: localhostProfile,
    appArmorProfile: localhostProfile,
  }),
  stdin: 'boolean',
  stdinOnce: 'boolean',
  tty: 'boolean',
});

export const podSpecSchema = object({
  ...readElsewhere(
    'containers',
    'initContainers',
    'ephemeralContainers',
    'resources',
    'overhead',
    'nodeName',
    'nodeSelector',
    'affinity',
    'tolerations',
    'topologySpreadConstraints',
    'schedulingGates',
    'schedulerName',
    'restartPolicy',
    'hostNetwork',
    'hostUsers',
    'activeDeadlineSeconds',
    'terminationGracePeriodSeconds',
    'priorityClassName',
    'priority',
    'preemptionPolicy',
    'runtimeClassName',
    'volumes',
    'resourceClaims',
    'workloadRef',
    'schedulingGroup',
    'os',
  ),
  dnsPolicy: 'string',
  serviceAccountName: 'string',
  serviceAccount: 'string',
  automountServiceAccountToken: 'boolean',
  hostPID: 'boolean',
  hostIPC: 'boolean',
  shareProcessNamespace: 'boolean',
  securityContext: object({
    seLinuxOptions,
    windowsOptions,
    runAsUser: 'int64',
    runAsGroup: 'int64',
    runAsNonRoot: 'boolean',
    supplementalGroups: list('int64'),
    supplementalGroupsPolicy: 'string',
    fsGroup: 'int64',
    sysctls: list(object({ name: 'string', value: 'string' })),
    fsGroupChangePolicy: 'string',
    seccompProfile: localhostProfile,
    appArmorProfile: localhostProfile,
    seLinuxChangePolicy: 'string',
  }),
  imagePullSecrets: list(nameOnly),
  hostname: 'string',
  subdomain: 'string',
  hostAliases: list(object({ ip: 'string', hostnames: list('string') })),
  dnsConfig: object({
    nameservers: list('string'),
    searches: list('string'),
    options: list(object({ name: 'string', value: 'string' })),
  }),
  readinessGates: list(object({ conditionType: 'string' })),
  enableServiceLinks: 'boolean',
  setHostnameAsFQDN: 'boolean',
  hostnameOverride: 'string',
});

/** Volume sources by their member of `spec.volumes[]`. */
export const volumeSourceSchema: ObjectSchema = object({
  ...readElsewhere('name'),
  hostPath: object({ path: 'string', type: 'string' }),
  emptyDir: object({ medium: 'string', sizeLimit: 'quantity' }),
  secret: object({ secretName: 'string', items: keyToPaths, defaultMode: 'int32', optional: 'boolean' }),
  configMap: object({ name: 'string', items: keyToPaths, defaultMode: 'int32', optional: 'boolean' }),
  persistentVolumeClaim: object({ claimName: 'string', readOnly: 'boolean' }),
  nfs: object({ server: 'string', path: 'string', readOnly: 'boolean' }),
  downwardAPI: object({
    items: list(
      object({
        path: 'string',
        fieldRef: objectFieldSelector,
        resourceFieldRef: resourceFieldSelector,
        mode: 'int32',
      }),
    ),
    defaultMode: 'int32',
  }),
  projected: object({ sources: list('object'), defaultMode: 'int32' }),
  csi: object({
    driver: 'string',
    readOnly: 'boolean',
    fsType: 'string',
    volumeAttributes: map('string'),
    nodePublishSecretRef: nameOnly,
  }),
  ephemeral: object({ volumeClaimTemplate: object({ metadata: 'object', spec: 'object' }) }),
  image: object({ reference: 'string', pullPolicy: 'string' }),
  gcePersistentDisk: 'object',
  awsElasticBlockStore: 'object',
  gitRepo: 'object',
  iscsi: 'object',
  glusterfs: 'object',
  rbd: 'object',
  flexVolume: 'object',
  cinder: 'object',
  cephfs: 'object',
  flocker: 'object',
  fc: 'object',
  azureFile: 'object',
  azureDisk: 'object',
  vsphereVolume: 'object',
  quobyte: 'object',
  photonPersistentDisk: 'object',
  portworxVolume: 'object',
  scaleIO: 'object',
  storageos: 'object',
});
