/** A pod as a Deployment of a middling team has it: migrations, a sidecar, probes, secrets, affinity, spread. 2.4 KB. */
import type { JsonObject } from '../../src/kubernetes/types.js';

export function realisticPod(): JsonObject {
  const labels = {
    'app.kubernetes.io/name': 'checkout',
    'app.kubernetes.io/instance': 'checkout-prod',
    team: 'payments',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'checkout-6d5c9f7b8d-x2x7k',
      namespace: 'payments',
      labels: { ...labels, 'pod-template-hash': '6d5c9f7b8d' },
    },
    spec: {
      serviceAccountName: 'checkout',
      priorityClassName: 'business-critical',
      terminationGracePeriodSeconds: 45,
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000 },
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'checkout' } },
                topologyKey: 'kubernetes.io/hostname',
              },
            },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'checkout' } },
        },
      ],
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'payments', effect: 'NoSchedule' }],
      initContainers: [
        {
          name: 'migrate',
          image: 'registry.example.com/payments/checkout-migrations:4.12.1',
          env: [{ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'checkout-db', key: 'url' } } }],
          resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        },
        {
          name: 'proxy',
          image: 'registry.example.com/mesh/proxy:1.29.2',
          restartPolicy: 'Always',
          ports: [{ name: 'http-envoy-prom', containerPort: 15090 }],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2', memory: '1Gi' } },
        },
      ],
      containers: [
        {
          name: 'checkout',
          image: 'registry.example.com/payments/checkout:4.12.1',
          imagePullPolicy: 'IfNotPresent',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'metrics', containerPort: 9090 },
          ],
          env: [
            { name: 'LOG_LEVEL', value: 'info' },
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          resources: {
            requests: { cpu: '750m', memory: '1Gi', 'ephemeral-storage': '2Gi' },
            limits: { memory: '1536Mi', 'ephemeral-storage': '4Gi' },
          },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
          livenessProbe: { httpGet: { path: '/live', port: 'http' }, initialDelaySeconds: 20 },
          volumeMounts: [
            { name: 'config', mountPath: '/etc/checkout', readOnly: true },
            { name: 'cache', mountPath: '/var/cache/checkout' },
          ],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
      volumes: [
        { name: 'config', configMap: { name: 'checkout-config' } },
        { name: 'cache', emptyDir: { sizeLimit: '2Gi' } },
      ],
    },
  };
}
