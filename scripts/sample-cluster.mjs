/**
 * Writes examples/sample-cluster.yaml: what `kubectl get … -A -o yaml` prints of an invented cluster. Fourteen nodes of
 * four pools in three zones, some ninety pods. No randomness and no clock: running it again gives the same bytes, and
 * docs/sample-cluster.md derives the service's answers from the tables below.
 *
 *   node scripts/sample-cluster.mjs > examples/sample-cluster.yaml
 */
import { createHash } from 'node:crypto';
import { dump } from 'js-yaml';

const created = '2026-03-02T08:00:00Z';
const started = '2026-03-02T08:05:00Z';
const digest = (text) => createHash('sha256').update(text).digest('hex');
/** A stable stand-in for the API server's random uid. */
const uid = (kind, namespace, name) =>
  digest(`${kind}/${namespace}/${name}`).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');
/** Random-looking name parts use the alphabet that Kubernetes uses for them. */
const suffix = (text, length) =>
  [...digest(text)]
    .map((hex) => 'bcdfghjklmnpqrstvwxz2456789'[parseInt(hex, 16)])
    .join('')
    .slice(0, length);

const object = (apiVersion, kind, namespace, name, rest, labels) => ({
  apiVersion,
  kind,
  metadata: {
    name,
    ...(namespace && { namespace }),
    uid: uid(kind, namespace, name),
    creationTimestamp: created,
    ...(labels && { labels }),
  },
  ...rest,
});

// ---------------------------------------------------------------------------------------------------------- nodes

/** allocatable = capacity − what the kubelet reserves − 100Mi hard eviction; ephemeral storage − 10 % (SEMANTICS 4.10). */
const pools = {
  system: {
    capacity: { cpu: '4', memory: '16Gi' },
    allocatable: { cpu: '3920m', memory: '14Gi' },
    taints: [{ key: 'CriticalAddonsOnly', value: 'true', effect: 'NoSchedule' }],
  },
  general: { capacity: { cpu: '8', memory: '32Gi' }, allocatable: { cpu: '7910m', memory: '30Gi' }, taints: [] },
  gpu: {
    capacity: { cpu: '16', memory: '64Gi', 'nvidia.com/gpu': '4' },
    allocatable: { cpu: '15890m', memory: '60Gi', 'nvidia.com/gpu': '4' },
    taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
  },
  spot: {
    capacity: { cpu: '4', memory: '16Gi' },
    allocatable: { cpu: '3920m', memory: '14Gi' },
    taints: [{ key: 'example.com/spot', value: 'true', effect: 'PreferNoSchedule' }],
  },
};

const nodeNames =
  'general-a1 general-a2 general-b1 general-b2 general-c1 general-c2 gpu-a gpu-b spot-a spot-b spot-c system-a system-b system-c'.split(
    ' ',
  );
const cordoned = 'general-c2';

const sizes = {
  'registry.example.com/shop/web:2.8.1': 314572800, // 300Mi
  'registry.example.com/shop/checkout:5.1.0': 419430400, // 400Mi
  'registry.example.com/ml/inference:1.12.0': 6442450944, // 6Gi
  'registry.example.com/platform/node-proxy:1.36.2': 41943040, // 40Mi
};

function nodeManifest(name) {
  const [pool, place] = name.split('-');
  const { capacity, allocatable, taints } = pools[pool];
  const unschedulable = name === cordoned;
  const images = new Set(pods.filter((pod) => pod.spec.nodeName === name).flatMap((pod) => podImages(pod)));
  return object(
    'v1',
    'Node',
    '',
    name,
    {
      spec: {
        podCIDR: `10.42.${nodeNames.indexOf(name)}.0/24`,
        providerID: `example:///eu-west-1${place[0]}/${digest(name).slice(0, 17)}`,
        ...(unschedulable && { unschedulable }),
        ...((taints.length > 0 || unschedulable) && {
          taints: [
            ...taints,
            ...(unschedulable
              ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2026-03-02T08:50:00Z' }]
              : []),
          ],
        }),
      },
      status: {
        capacity: { ...capacity, 'ephemeral-storage': '100Gi', pods: '110' },
        allocatable: { ...allocatable, 'ephemeral-storage': '96636764000', pods: '110' },
        conditions: [
          condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
          condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
          condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
        ],
        addresses: [
          { type: 'InternalIP', address: `10.0.${'abc'.indexOf(place[0])}.${10 + nodeNames.indexOf(name)}` },
          { type: 'Hostname', address: name },
        ],
        images: Object.entries(sizes)
          .filter(([image]) => images.has(image))
          .map(([image, sizeBytes]) => ({ names: [image], sizeBytes })),
        nodeInfo: { architecture: 'amd64', kubeletVersion: 'v1.36.2', operatingSystem: 'linux' },
      },
    },
    {
      'example.com/pool': pool,
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'node.kubernetes.io/instance-type': { system: 'm4', general: 'm8', gpu: 'g16', spot: 'm4' }[pool],
      'topology.kubernetes.io/region': 'eu-west-1',
      'topology.kubernetes.io/zone': `eu-west-1${place[0]}`,
    },
  );
}

const condition = (type, status, reason, message) => ({ type, status, reason, message, lastTransitionTime: started });
const podImages = (pod) => [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ image }) => image);

// ------------------------------------------------------------------------------------------------------ workloads

/** `requests` and `limits` as `cpu/memory`; an empty part is left out. */
function resources(text) {
  const [cpu, memory] = text.split('/');
  return { ...(cpu && { cpu }), ...(memory && { memory }) };
}

function container(name, image, requests, { limits, ...rest } = {}) {
  return {
    name,
    image: `registry.example.com/${image}`,
    resources: { requests: resources(requests), ...(limits && { limits: resources(limits) }) },
    ...rest,
  };
}

const meshProxy = container('mesh-proxy', 'platform/mesh-proxy:1.24.3', '100m/128Mi', {
  restartPolicy: 'Always',
  startupProbe: { httpGet: { path: '/ready', port: 15021 }, periodSeconds: 1, failureThreshold: 60 },
});

const antiAffinity = (app, topologyKey) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey }],
    },
  },
});
const hostname = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';
const onPool = (pool) => ({ nodeSelector: { 'example.com/pool': pool } });
const everywhere = { tolerations: [{ operator: 'Exists' }] };
const critical = { priorityClassName: 'system-cluster-critical' };
const nodeCritical = { priorityClassName: 'system-node-critical' };
const addon = { ...onPool('system'), tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }], ...critical };
const withGpu = (c, count) => ({
  ...c,
  resources: {
    requests: { ...c.resources.requests, 'nvidia.com/gpu': count },
    limits: { ...c.resources.limits, 'nvidia.com/gpu': count },
  },
});
const gpuPool = {
  ...onPool('gpu'),
  tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
};

/** Workload: kind, namespace, name, pod spec, the node of each replica. */
const workloads = [
  [
    'DaemonSet',
    'kube-system',
    'node-proxy',
    {
      ...everywhere,
      ...nodeCritical,
      hostNetwork: true,
      containers: [container('node-proxy', 'platform/node-proxy:1.36.2', '100m/64Mi')],
    },
    nodeNames,
  ],
  [
    'DaemonSet',
    'kube-system',
    'cni',
    {
      ...everywhere,
      ...nodeCritical,
      hostNetwork: true,
      initContainers: [container('install-plugins', 'platform/cni:3.30.0', '200m/64Mi')],
      containers: [container('agent', 'platform/cni:3.30.0', '150m/128Mi')],
    },
    nodeNames,
  ],
  [
    'DaemonSet',
    'monitoring',
    'node-exporter',
    {
      ...everywhere,
      hostNetwork: true,
      containers: [
        container('node-exporter', 'monitoring/node-exporter:1.9.1', '50m/64Mi', {
          ports: [{ name: 'metrics', containerPort: 9100, hostPort: 9100, protocol: 'TCP' }],
        }),
      ],
    },
    nodeNames,
  ],
  [
    'Deployment',
    'kube-system',
    'coredns',
    { ...addon, containers: [container('coredns', 'platform/coredns:1.12.4', '100m/128Mi', { limits: '/170Mi' })] },
    ['system-a', 'system-b'],
  ],
  [
    'Deployment',
    'kube-system',
    'metrics-server',
    { ...addon, containers: [container('metrics-server', 'platform/metrics-server:0.8.0', '100m/200Mi')] },
    ['system-c'],
  ],
  [
    'Deployment',
    'kube-system',
    'cluster-autoscaler',
    { ...addon, containers: [container('cluster-autoscaler', 'platform/cluster-autoscaler:1.36.0', '100m/300Mi')] },
    ['system-a'],
  ],
  [
    'Deployment',
    'ingress',
    'gateway',
    {
      ...onPool('general'),
      ...antiAffinity('gateway', hostname),
      priorityClassName: 'business-critical',
      initContainers: [
        container('config-reloader', 'platform/config-reloader:0.14.0', '50m/64Mi', { restartPolicy: 'Always' }),
      ],
      containers: [
        container('gateway', 'platform/gateway:1.29.4', '500m/512Mi', {
          limits: '/1Gi',
          ports: [
            { name: 'http', containerPort: 80, hostPort: 80, protocol: 'TCP' },
            { name: 'https', containerPort: 443, hostPort: 443, protocol: 'TCP' },
          ],
        }),
      ],
    },
    ['general-a1', 'general-b1', 'general-c1'],
  ],
  [
    'Deployment',
    'shop',
    'web',
    {
      ...onPool('general'),
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: zone,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
      initContainers: [container('migrate', 'shop/web:2.8.1', '1500m/256Mi'), meshProxy],
      containers: [container('web', 'shop/web:2.8.1', '500m/512Mi', { limits: '/1Gi' })],
    },
    ['general-a1', 'general-a2', 'general-b1', 'general-b2', 'general-c1', 'general-c2'],
  ],
  [
    'Deployment',
    'shop',
    'checkout',
    {
      ...onPool('general'),
      initContainers: [meshProxy, container('warm-cache', 'shop/checkout:5.1.0', '400m/1536Mi')],
      containers: [
        container('checkout', 'shop/checkout:5.1.0', '500m/768Mi', { limits: '/1Gi' }),
        container('audit', 'shop/audit:1.3.0', '250m/256Mi', { limits: '/256Mi' }),
      ],
    },
    ['general-a1', 'general-b1', 'general-b2', 'general-c1'],
  ],
  [
    'Deployment',
    'shop',
    'search',
    {
      ...onPool('general'),
      ...antiAffinity('search', hostname),
      containers: [container('search', 'shop/search:3.0.2', '1/2Gi', { limits: '2/2Gi' })],
    },
    ['general-a2', 'general-b2', 'general-c1'],
  ],
  [
    'StatefulSet',
    'shop',
    'redis',
    { ...onPool('general'), containers: [container('redis', 'shop/redis:8.2.1', '500m/1Gi', { limits: '500m/1Gi' })] },
    ['general-a1', 'general-b1', 'general-c1'],
  ],
  [
    'Deployment',
    'payments',
    'api',
    {
      ...onPool('general'),
      priorityClassName: 'business-critical',
      runtimeClassName: 'gvisor',
      overhead: { cpu: '100m', memory: '64Mi' },
      initContainers: [container('fetch-secrets', 'payments/fetch-secrets:1.0.4', '100m/64Mi')],
      containers: [container('api', 'payments/api:9.14.0', '500m/512Mi', { limits: '1/512Mi' })],
    },
    ['general-a2', 'general-b1', 'general-c2'],
  ],
  [
    'StatefulSet',
    'payments',
    'ledger',
    {
      ...onPool('general'),
      ...antiAffinity('ledger', zone),
      priorityClassName: 'business-critical',
      containers: [
        container('ledger', 'payments/ledger:4.2.0', '1/4Gi', {
          limits: '1/4Gi',
          volumeMounts: [{ name: 'data', mountPath: '/var/lib/ledger' }],
        }),
      ],
    },
    ['general-a2', 'general-b2', 'general-c1'],
  ],
  [
    'StatefulSet',
    'monitoring',
    'prometheus',
    {
      ...onPool('general'),
      initContainers: [
        container('config-reloader', 'platform/config-reloader:0.14.0', '0/', { restartPolicy: 'Always' }),
      ],
      containers: [container('prometheus', 'monitoring/prometheus:3.6.0', '1/6Gi', { limits: '/8Gi' })],
    },
    ['general-a1', 'general-b2'],
  ],
  [
    'Deployment',
    'monitoring',
    'grafana',
    { ...onPool('general'), containers: [container('grafana', 'monitoring/grafana:12.2.0', '200m/256Mi')] },
    ['general-b1'],
  ],
  [
    'Deployment',
    'batch',
    'worker',
    {
      priorityClassName: 'preemptible',
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              preference: { matchExpressions: [{ key: 'example.com/pool', operator: 'In', values: ['spot'] }] },
            },
          ],
        },
      },
      tolerations: [{ key: 'example.com/spot', operator: 'Exists', effect: 'PreferNoSchedule' }],
      containers: [container('worker', 'batch/worker:7.7.0', '900m/2Gi', { limits: '2/2Gi' })],
    },
    ['spot-a', 'spot-a', 'spot-b', 'spot-c'],
  ],
  [
    'Deployment',
    'ml',
    'inference',
    {
      ...gpuPool,
      containers: [withGpu(container('inference', 'ml/inference:1.12.0', '4/8Gi', { limits: '/8Gi' }), '1')],
    },
    ['gpu-a', 'gpu-b'],
  ],
  [
    'Deployment',
    'sandbox',
    'playground',
    { containers: [container('playground', 'sandbox/playground:0.1.0', '500m/512Mi', { limits: '1/1Gi' })] },
    ['spot-b'],
  ],
];

const priorities = {
  'system-node-critical': 2000001000,
  'system-cluster-critical': 2000000000,
  'business-critical': 100000,
  preemptible: -100,
};

/** What the API server and its admission plugins add to a pod: enough of it that the pod reads like a real one. */
function podSpec(spec, nodeName) {
  const { tolerations = [], ...rest } = spec;
  return {
    ...rest,
    ...(nodeName && { nodeName }),
    restartPolicy: spec.restartPolicy ?? 'Always',
    schedulerName: 'default-scheduler',
    priority: priorities[spec.priorityClassName] ?? 0,
    preemptionPolicy: 'PreemptLowerPriority',
    serviceAccountName: 'default',
    terminationGracePeriodSeconds: 30,
    tolerations: [
      ...tolerations,
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  };
}

function podManifest(
  namespace,
  name,
  { labels, owner, spec, node: nodeName, phase = 'Running', metadata = {}, status = {} },
) {
  const manifest = object('v1', 'Pod', namespace, name, {}, labels);
  if (owner) {
    const [apiVersion, kind, ownerName] = owner;
    manifest.metadata.ownerReferences = [
      {
        apiVersion,
        kind,
        name: ownerName,
        uid: uid(kind, namespace, ownerName),
        controller: true,
        blockOwnerDeletion: true,
      },
    ];
  }
  Object.assign(manifest.metadata, metadata);
  manifest.spec = podSpec(spec, nodeName);
  manifest.status = {
    phase,
    ...(nodeName && {
      startTime: started,
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: started },
        { type: 'Initialized', status: 'True', lastTransitionTime: started },
        { type: 'Ready', status: phase === 'Running' ? 'True' : 'False', lastTransitionTime: started },
      ],
    }),
    ...status,
  };
  return manifest;
}

/** The pods of a workload, named, labelled and owned as its controller does it. */
function podsOf([kind, namespace, name, spec, nodes]) {
  if (kind === 'Deployment') {
    const hash = suffix(`${namespace}/${name}`, 10);
    const labels = { app: name, 'pod-template-hash': hash };
    return nodes.map((node, i) =>
      podManifest(namespace, `${name}-${hash}-${suffix(`${name}/${i}`, 5)}`, {
        labels,
        owner: ['apps/v1', 'ReplicaSet', `${name}-${hash}`],
        spec,
        node,
      }),
    );
  }
  if (kind === 'StatefulSet')
    return nodes.map((node, i) =>
      podManifest(namespace, `${name}-${i}`, {
        labels: {
          app: name,
          'apps.kubernetes.io/pod-index': String(i),
          'controller-revision-hash': `${name}-${suffix(name, 10)}`,
          'statefulset.kubernetes.io/pod-name': `${name}-${i}`,
        },
        owner: ['apps/v1', 'StatefulSet', name],
        spec:
          name === 'ledger'
            ? { ...spec, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-${name}-${i}` } }] }
            : spec,
        node,
      }),
    );
  return nodes.map((node) =>
    podManifest(namespace, `${name}-${suffix(`${name}/${node}`, 5)}`, {
      labels: { app: name, 'controller-revision-hash': suffix(name, 10), 'pod-template-generation': '1' },
      owner: ['apps/v1', 'DaemonSet', name],
      // The DaemonSet controller pins a pod to its node by name.
      spec: {
        ...spec,
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
            },
          },
        },
      },
      node,
    }),
  );
}

/** The workload's own objects: a Deployment comes with its ReplicaSet. */
function workloadObjects([kind, namespace, name, spec, nodes]) {
  const { overhead: _setByAdmission, ...templateSpec } = spec;
  const template = { metadata: { labels: { app: name } }, spec: templateSpec };
  const selector = { matchLabels: { app: name } };
  const replicas = nodes.length;
  if (kind === 'DaemonSet')
    return [
      object('apps/v1', kind, namespace, name, {
        spec: { selector, template, updateStrategy: { type: 'RollingUpdate' } },
      }),
    ];
  if (kind === 'StatefulSet')
    return [
      object('apps/v1', kind, namespace, name, {
        spec: {
          replicas,
          serviceName: name,
          selector,
          template,
          ...(name === 'ledger' && {
            volumeClaimTemplates: [
              {
                metadata: { name: 'data' },
                spec: {
                  accessModes: ['ReadWriteOnce'],
                  storageClassName: 'zonal-ssd',
                  resources: { requests: { storage: '100Gi' } },
                },
              },
            ],
          }),
        },
      }),
    ];
  const hash = suffix(`${namespace}/${name}`, 10);
  const replicaSet = object(
    'apps/v1',
    'ReplicaSet',
    namespace,
    `${name}-${hash}`,
    {
      spec: {
        replicas,
        selector: { matchLabels: { app: name, 'pod-template-hash': hash } },
        template: { metadata: { labels: { app: name, 'pod-template-hash': hash } }, spec: templateSpec },
      },
    },
    { app: name, 'pod-template-hash': hash },
  );
  replicaSet.metadata.ownerReferences = [
    { apiVersion: 'apps/v1', kind, name, uid: uid(kind, namespace, name), controller: true, blockOwnerDeletion: true },
  ];
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } };
  return [object('apps/v1', kind, namespace, name, { spec: { replicas, selector, strategy, template } }), replicaSet];
}

// ------------------------------------------------------------------------------------- pods outside the ordinary

const trainer = {
  ...gpuPool,
  restartPolicy: 'Never',
  containers: [withGpu(container('train', 'ml/train:2.2.0', '8/32Gi', { limits: '/32Gi' }), '2')],
};
const report = { restartPolicy: 'Never', containers: [container('report', 'batch/report:1.0.9', '2/4Gi')] };
const job = (namespace, name, spec, status) =>
  object('batch/v1', 'Job', namespace, name, {
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      template: { metadata: { labels: { 'job-name': name } }, spec },
    },
    status,
  });
const jobPod = (namespace, name, pod_) =>
  podManifest(namespace, `${name}-${suffix(name, 5)}`, {
    labels: { 'batch.kubernetes.io/job-name': name, 'job-name': name },
    owner: ['batch/v1', 'Job', name],
    ...pod_,
  });

const trainXl = {
  ...gpuPool,
  restartPolicy: 'Never',
  containers: [withGpu(container('train', 'ml/train:2.2.0', '12/48Gi', { limits: '/48Gi' }), '8')],
};
const backfill = { ...report, schedulingGates: [{ name: 'example.com/budget' }] };

const oddPods = [
  jobPod('ml', 'train-ranking', { spec: trainer, node: 'gpu-a' }),
  // Finished: they are still on their nodes and occupy nothing.
  jobPod('batch', 'report-0301', { spec: report, node: 'spot-b', phase: 'Succeeded' }),
  jobPod('batch', 'report-0302', { spec: report, node: 'spot-c', phase: 'Failed' }),
  // Terminating: occupies its node until it is gone.
  podManifest('shop', 'legacy-cart', {
    labels: { app: 'legacy-cart' },
    spec: { containers: [container('cart', 'shop/legacy-cart:0.9.9', '300m/256Mi')] },
    node: 'general-a1',
    metadata: { deletionTimestamp: '2026-03-02T08:59:30Z', deletionGracePeriodSeconds: 30 },
  }),
  // Pending: no node has eight GPUs.
  jobPod('ml', 'train-xl', {
    spec: trainXl,
    phase: 'Pending',
    status: {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message:
            "0/14 nodes are available: 1 node(s) were unschedulable, 2 Insufficient nvidia.com/gpu, 3 node(s) had untolerated taint(s), 8 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/14 nodes are available: 14 Preemption is not helpful for scheduling.",
          lastTransitionTime: '2026-03-02T08:30:00Z',
        },
      ],
    },
  }),
  // Pending: held back by a gate until somebody approves its budget.
  jobPod('batch', 'backfill', {
    spec: backfill,
    phase: 'Pending',
    status: {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: '2026-03-02T08:40:00Z',
        },
      ],
    },
  }),
];

const pods = [...workloads.flatMap(podsOf), ...oddPods];

// ------------------------------------------------------------------------------------------------------ the rest

const namespaces = ['batch', 'default', 'ingress', 'kube-system', 'ml', 'monitoring', 'payments', 'sandbox', 'shop'];
const service = (namespace, name, port) =>
  object('v1', 'Service', namespace, name, {
    spec: { type: 'ClusterIP', selector: { app: name }, ports: [{ port, protocol: 'TCP' }] },
  });
const budget = (namespace, name, spec, status) =>
  object('policy/v1', 'PodDisruptionBudget', namespace, name, {
    spec: { selector: { matchLabels: { app: name } }, ...spec },
    status,
  });
const priorityClass = (name, description) =>
  object('scheduling.k8s.io/v1', 'PriorityClass', '', name, {
    value: priorities[name],
    preemptionPolicy: 'PreemptLowerPriority',
    description,
  });
const claims = ['general-a2', 'general-b2', 'general-c1'].flatMap((node, i) => {
  const volumeName = `pvc-${uid('PersistentVolumeClaim', 'payments', `data-ledger-${i}`)}`;
  const zoneName = `eu-west-1${node.split('-')[1][0]}`;
  return [
    object('v1', 'PersistentVolume', '', volumeName, {
      spec: {
        capacity: { storage: '100Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'zonal-ssd',
        claimRef: { kind: 'PersistentVolumeClaim', namespace: 'payments', name: `data-ledger-${i}` },
        csi: { driver: 'disk.csi.example.com', volumeHandle: digest(volumeName).slice(0, 17) },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: zone, operator: 'In', values: [zoneName] }] }] },
        },
      },
      status: { phase: 'Bound' },
    }),
    object('v1', 'PersistentVolumeClaim', 'payments', `data-ledger-${i}`, {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'zonal-ssd',
        resources: { requests: { storage: '100Gi' } },
        volumeName,
      },
      status: { phase: 'Bound', capacity: { storage: '100Gi' }, accessModes: ['ReadWriteOnce'] },
    }),
  ];
});

const objects = [
  ...namespaces.map((name) =>
    object('v1', 'Namespace', '', name, { status: { phase: 'Active' } }, { 'kubernetes.io/metadata.name': name }),
  ),
  priorityClass(
    'system-node-critical',
    'Used for system critical pods that must not be moved from their current node.',
  ),
  priorityClass('system-cluster-critical', 'Used for system critical pods that must run in the cluster.'),
  priorityClass('business-critical', 'Earns money; may push out what does not.'),
  priorityClass('preemptible', 'Runs in the room that nobody else needs.'),
  object('node.k8s.io/v1', 'RuntimeClass', '', 'gvisor', {
    handler: 'runsc',
    overhead: { podFixed: { cpu: '100m', memory: '64Mi' } },
  }),
  object('storage.k8s.io/v1', 'StorageClass', '', 'zonal-ssd', {
    provisioner: 'disk.csi.example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  }),
  ...nodeNames.map(nodeManifest),
  ...workloads.flatMap(workloadObjects),
  job('ml', 'train-ranking', trainer, { active: 1 }),
  job('batch', 'report-0301', report, { succeeded: 1 }),
  job('batch', 'report-0302', report, { failed: 1 }),
  job('ml', 'train-xl', trainXl, { active: 1 }),
  job('batch', 'backfill', backfill, { active: 1 }),
  ...pods,
  service('shop', 'web', 8080),
  service('shop', 'checkout', 8080),
  service('shop', 'search', 9200),
  service('shop', 'redis', 6379),
  service('payments', 'api', 8443),
  service('payments', 'ledger', 5432),
  object('autoscaling/v2', 'HorizontalPodAutoscaler', 'shop', 'web', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 6,
      maxReplicas: 30,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
    status: { currentReplicas: 6, desiredReplicas: 6 },
  }),
  budget(
    'shop',
    'web',
    { maxUnavailable: '20%' },
    { expectedPods: 6, currentHealthy: 6, desiredHealthy: 4, disruptionsAllowed: 2 },
  ),
  budget(
    'shop',
    'redis',
    { minAvailable: 2 },
    { expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 },
  ),
  budget(
    'payments',
    'ledger',
    { minAvailable: 3 },
    { expectedPods: 3, currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0 },
  ),
  ...claims,
  object('v1', 'LimitRange', 'sandbox', 'defaults', {
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '500m', memory: '512Mi' },
          defaultRequest: { cpu: '100m', memory: '128Mi' },
          max: { cpu: '2', memory: '4Gi' },
        },
      ],
    },
  }),
  object('v1', 'ResourceQuota', 'sandbox', 'small', {
    spec: { hard: { 'requests.cpu': '2', 'requests.memory': '4Gi', pods: '10' } },
    status: {
      hard: { 'requests.cpu': '2', 'requests.memory': '4Gi', pods: '10' },
      used: { 'requests.cpu': '500m', 'requests.memory': '512Mi', pods: '1' },
    },
  }),
];

process.stdout.write(
  '# An invented cluster, as `kubectl get` prints one: written by scripts/sample-cluster.mjs, explained in\n' +
    '# docs/sample-cluster.md.\n' +
    objects.map((manifest) => `---\n${dump(manifest, { noRefs: true, lineWidth: 120 })}`).join(''),
);
