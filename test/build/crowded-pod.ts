/** A pod with a bit of everything: eight containers, sidecars, all probes, both affinities, spread, volumes. 8 KB. */
import type { JsonObject } from '../../src/kubernetes/types.js';

/** @param index amounts differ with it */
export function crowdedPod(index: number): JsonObject {
  const labels = {
    'app.kubernetes.io/name': 'ledger',
    'app.kubernetes.io/part-of': 'bank',
    team: 'core',
    tier: 'data',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'ledger',
      namespace: 'bank',
      labels: { ...labels, 'pod-template-hash': '7c9d8b6f5' },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
        'checksum/config': '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4',
      },
    },
    spec: {
      serviceAccountName: 'ledger',
      priorityClassName: 'business-critical',
      nodeSelector: { 'kubernetes.io/arch': 'amd64', 'node.example.com/disk': 'nvme' },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 2000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      imagePullSecrets: [{ name: 'registry' }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'node.example.com/pool', operator: 'In', values: ['data', 'data-large', 'data-spare'] },
                  { key: 'node.example.com/retired', operator: 'DoesNotExist' },
                ],
              },
            ],
          },
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 50,
              preference: { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['b'] }] },
            },
          ],
        },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      },
      topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
        maxSkew: 2,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels },
        matchLabelKeys: ['pod-template-hash'],
      })),
      tolerations: [
        { key: 'dedicated', operator: 'Equal', value: 'data', effect: 'NoSchedule' },
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      initContainers: ['wait', 'migrate', 'seed']
        .map((name) => container(name, index, {}))
        .concat([
          container('proxy', index, { restartPolicy: 'Always', ports: [{ name: 'envoy', containerPort: 15090 }] }),
        ]),
      containers: ['ledger', 'exporter', 'backup', 'shipper'].map((name, place) =>
        container(name, index, {
          ports: [
            { name: `http-${place}`, containerPort: 8080 + place },
            { name: `metrics-${place}`, containerPort: 9090 + place, protocol: 'TCP' },
          ],
          livenessProbe: { tcpSocket: { port: `http-${place}` }, initialDelaySeconds: 20, failureThreshold: 6 },
          readinessProbe: { httpGet: { path: '/ready', port: `http-${place}`, scheme: 'HTTP' }, periodSeconds: 5 },
          startupProbe: { exec: { command: ['/bin/check', '--started'] }, periodSeconds: 2, failureThreshold: 60 },
          lifecycle: { preStop: { exec: { command: ['/bin/drain'] } } },
        }),
      ),
      volumes: [
        { name: 'config', configMap: { name: 'ledger-config', items: [{ key: 'app.yaml', path: 'app.yaml' }] } },
        { name: 'certificates', secret: { secretName: 'ledger-tls', defaultMode: 256 } },
        { name: 'data', persistentVolumeClaim: { claimName: 'ledger-data' } },
        { name: 'scratch', emptyDir: { sizeLimit: `${index + 1}Gi` } },
        { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ],
    },
  };
}

function container(name: string, index: number, extra: JsonObject): JsonObject {
  return {
    name,
    image: `registry.example.com/bank/${name}:2.${index}.0`,
    imagePullPolicy: 'IfNotPresent',
    args: ['--verbose', '--config=/etc/ledger/app.yaml'],
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'ledger-db', key: 'password' } } },
      { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
    ],
    resources: {
      requests: { cpu: `${100 + index}m`, memory: `${64 + index}Mi` },
      limits: { cpu: `${200 + index}m`, memory: `${128 + index}Mi`, 'ephemeral-storage': '1Gi' },
    },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/ledger', readOnly: true },
      { name: 'certificates', mountPath: '/etc/tls', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
    ],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...extra,
  };
}
