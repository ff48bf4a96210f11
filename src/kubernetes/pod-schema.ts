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

const downwardFiles = list(
  object({
    path: 'string',
    fieldRef: objectFieldSelector,
    resourceFieldRef: resourceFieldSelector,
    mode: 'int32',
  }),
);

/** One of `projected.sources`. */
const volumeProjection = object({
  secret: object({ name: 'string', items: keyToPaths, optional: 'boolean' }),
  configMap: object({ name: 'string', items: keyToPaths, optional: 'boolean' }),
  downwardAPI: object({ items: downwardFiles }),
  serviceAccountToken: object({ audience: 'string', expirationSeconds: 'int64', path: 'string' }),
  clusterTrustBundle: object({
    name: 'string',
    signerName: 'string',
    labelSelector: 'object',
    optional: 'boolean',
    path: 'string',
  }),
  podCertificate: object({
    signerName: 'string',
    keyType: 'string',
    maxExpirationSeconds: 'int32',
    credentialBundlePath: 'string',
    keyPath: 'string',
    certificateChainPath: 'string',
    userAnnotations: map('string'),
  }),
});

/** `spec` of a PersistentVolumeClaim or of a template of one; its selector is read where claims are validated. */
const claimSpecSchema: ObjectSchema = object({
  accessModes: list('string'),
  selector: 'object',
  resources: object({ requests: map('quantity'), limits: map('quantity') }),
  volumeName: 'string',
  storageClassName: 'string',
  volumeMode: 'string',
  dataSource: object({ apiGroup: 'string', kind: 'string', name: 'string' }),
  dataSourceRef: object({ apiGroup: 'string', kind: 'string', name: 'string', namespace: 'string' }),
  volumeAttributesClassName: 'string',
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
  downwardAPI: object({ items: downwardFiles, defaultMode: 'int32' }),
  projected: object({ sources: list(volumeProjection), defaultMode: 'int32' }),
  csi: object({
    driver: 'string',
    readOnly: 'boolean',
    fsType: 'string',
    volumeAttributes: map('string'),
    nodePublishSecretRef: nameOnly,
  }),
  ephemeral: object({ volumeClaimTemplate: object({ metadata: 'object', spec: claimSpecSchema }) }),
  image: object({ reference: 'string', pullPolicy: 'string' }),
  gcePersistentDisk: object({ pdName: 'string', fsType: 'string', partition: 'int32', readOnly: 'boolean' }),
  awsElasticBlockStore: object({ volumeID: 'string', fsType: 'string', partition: 'int32', readOnly: 'boolean' }),
  gitRepo: object({ repository: 'string', revision: 'string', directory: 'string' }),
  iscsi: object({
    targetPortal: 'string',
    iqn: 'string',
    lun: 'int32',
    iscsiInterface: 'string',
    fsType: 'string',
    readOnly: 'boolean',
    portals: list('string'),
    chapAuthDiscovery: 'boolean',
    chapAuthSession: 'boolean',
    secretRef: nameOnly,
    initiatorName: 'string',
  }),
  glusterfs: object({ endpoints: 'string', path: 'string', readOnly: 'boolean' }),
  rbd: object({
    monitors: list('string'),
    image: 'string',
    fsType: 'string',
    pool: 'string',
    user: 'string',
    keyring: 'string',
    secretRef: nameOnly,
    readOnly: 'boolean',
  }),
  flexVolume: object({
    driver: 'string',
    fsType: 'string',
    secretRef: nameOnly,
    readOnly: 'boolean',
    options: map('string'),
  }),
  cinder: object({ volumeID: 'string', fsType: 'string', readOnly: 'boolean', secretRef: nameOnly }),
  cephfs: object({
    monitors: list('string'),
    path: 'string',
    user: 'string',
    secretFile: 'string',
    secretRef: nameOnly,
    readOnly: 'boolean',
  }),
  flocker: object({ datasetName: 'string', datasetUUID: 'string' }),
  fc: object({
    targetWWNs: list('string'),
    lun: 'int32',
    fsType: 'string',
    readOnly: 'boolean',
    wwids: list('string'),
  }),
  azureFile: object({ secretName: 'string', shareName: 'string', readOnly: 'boolean' }),
  azureDisk: object({
    diskName: 'string',
    diskURI: 'string',
    cachingMode: 'string',
    fsType: 'string',
    readOnly: 'boolean',
    kind: 'string',
  }),
  vsphereVolume: object({
    volumePath: 'string',
    fsType: 'string',
    storagePolicyName: 'string',
    storagePolicyID: 'string',
  }),
  quobyte: object({
    registry: 'string',
    volume: 'string',
    readOnly: 'boolean',
    user: 'string',
    group: 'string',
    tenant: 'string',
  }),
  photonPersistentDisk: object({ pdID: 'string', fsType: 'string' }),
  portworxVolume: object({ volumeID: 'string', fsType: 'string', readOnly: 'boolean' }),
  scaleIO: object({
    gateway: 'string',
    system: 'string',
    secretRef: nameOnly,
    sslEnabled: 'boolean',
    protectionDomain: 'string',
    storagePool: 'string',
    storageMode: 'string',
    volumeName: 'string',
    fsType: 'string',
    readOnly: 'boolean',
  }),
  storageos: object({
    volumeName: 'string',
    volumeNamespace: 'string',
    fsType: 'string',
    readOnly: 'boolean',
    secretRef: nameOnly,
  }),
});
