/** Answers to the calls of test/api/openapi-examples.ts, written by test/api/openapi.test.ts. */
export const examples: Readonly<
  Record<string, { readonly request?: unknown; readonly status: number; readonly response: unknown }>
> = {
  import: {
    request: {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
          status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' } },
        },
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'node-2', labels: { 'kubernetes.io/hostname': 'node-2' } },
          spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
          status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' } },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'busy', namespace: 'default' },
          spec: {
            nodeName: 'node-1',
            containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '2' } } }],
          },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'waiting', namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '3' } } }] },
        },
      ],
    },
    status: 200,
    response: {
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      created: 4,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      skipped: [],
      invalid: [],
      warnings: [],
    },
  },
  listClusters: {
    status: 200,
    response: {
      items: [
        {
          name: 'default',
          description: '',
          scheduler: null,
          revision: 2,
          asOf: '2026-03-02T08:00:00.000Z',
          nodes: 2,
          pods: 2,
          pending: 1,
          reservations: 0,
        },
      ],
      nextCursor: null,
      total: 1,
    },
  },
  getCluster: {
    status: 200,
    response: {
      name: 'default',
      description: '',
      scheduler: null,
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      nodes: 2,
      pods: 2,
      pending: 1,
      reservations: 0,
    },
  },
  putCluster: {
    request: { description: 'The cluster in the east.' },
    status: 201,
    response: {
      name: 'east',
      description: 'The cluster in the east.',
      scheduler: null,
      revision: 1,
      asOf: null,
      nodes: 0,
      pods: 0,
      pending: 0,
      reservations: 0,
    },
  },
  listNodes: {
    status: 200,
    response: {
      items: [
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
          status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' } },
        },
      ],
      nextCursor: 'WyIiLCJOb2RlIiwiIiwibm9kZS0xIl0',
      total: 2,
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
    },
  },
  getNode: {
    status: 200,
    response: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
      status: { allocatable: { cpu: '4', memory: '16Gi', pods: '110' } },
    },
  },
  getPod: {
    status: 200,
    response: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'busy', namespace: 'default' },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '2' } } }],
      },
    },
  },
  effective: {
    request: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        initContainers: [
          { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
          { name: 'migrate', image: 'migrate:1', resources: { requests: { cpu: '2400m' } } },
        ],
        containers: [
          {
            name: 'app',
            image: 'app:1',
            resources: { requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          },
        ],
      },
    },
    status: 200,
    response: {
      verdict: 'yes',
      revision: null,
      asOf: null,
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: {},
      warnings: [],
      skipped: [],
      items: [
        {
          kind: 'Pod',
          namespace: 'default',
          name: 'web',
          replicas: 1,
          qosClass: 'Burstable',
          requests: { cpu: '2500m', memory: '1Gi' },
          limits: { memory: '2Gi' },
          limitComplete: { cpu: false, memory: false },
          init: { requests: { cpu: '2500m' }, limits: {} },
          work: { requests: { cpu: '750m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          overhead: {},
          podLevel: null,
          stages: [
            { container: 'proxy', type: 'sidecar', requests: { cpu: '100m' } },
            { container: 'migrate', type: 'init', requests: { cpu: '2500m' } },
          ],
          decidedBy: {
            cpu: { phase: 'init', containers: ['proxy', 'migrate'] },
            memory: { phase: 'work', containers: ['app'] },
          },
          containers: [
            { name: 'proxy', type: 'sidecar', requests: { cpu: '100m' }, limits: {} },
            { name: 'migrate', type: 'init', requests: { cpu: '2400m' }, limits: {} },
            { name: 'app', type: 'work', requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          ],
          reservedForInitOnly: { cpu: '1750m' },
          admission: { allowed: true, errors: [] },
          warnings: [],
        },
      ],
    },
  },
  effectiveInCluster: {
    request: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        initContainers: [
          { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
          { name: 'migrate', image: 'migrate:1', resources: { requests: { cpu: '2400m' } } },
        ],
        containers: [
          {
            name: 'app',
            image: 'app:1',
            resources: { requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          },
        ],
      },
    },
    status: 200,
    response: {
      verdict: 'yes',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: {},
      warnings: [],
      skipped: [],
      items: [
        {
          kind: 'Pod',
          namespace: 'default',
          name: 'web',
          replicas: 1,
          qosClass: 'Burstable',
          requests: { cpu: '2500m', memory: '1Gi' },
          limits: { memory: '2Gi' },
          limitComplete: { cpu: false, memory: false },
          init: { requests: { cpu: '2500m' }, limits: {} },
          work: { requests: { cpu: '750m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          overhead: {},
          podLevel: null,
          stages: [
            { container: 'proxy', type: 'sidecar', requests: { cpu: '100m' } },
            { container: 'migrate', type: 'init', requests: { cpu: '2500m' } },
          ],
          decidedBy: {
            cpu: { phase: 'init', containers: ['proxy', 'migrate'] },
            memory: { phase: 'work', containers: ['app'] },
          },
          containers: [
            { name: 'proxy', type: 'sidecar', requests: { cpu: '100m' }, limits: {} },
            { name: 'migrate', type: 'init', requests: { cpu: '2400m' }, limits: {} },
            { name: 'app', type: 'work', requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          ],
          reservedForInitOnly: { cpu: '1750m' },
          admission: { allowed: true, errors: [] },
          warnings: [],
        },
      ],
    },
  },
  fit: {
    request: {
      manifest: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'api', namespace: 'default' },
        spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '3' } } }] },
      },
      explain: 'all',
    },
    status: 200,
    response: {
      verdict: 'no',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: { pendingIgnored: 1, orphanPods: 0 },
      warnings: [],
      skipped: [],
      subject: { kind: 'Pod', namespace: 'default', name: 'api', replicas: 1, evaluated: 1 },
      node: null,
      message: '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).',
      eventMessage:
        '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
      requests: { cpu: '3' },
      nodeCounts: { total: 2, feasible: 0 },
      candidates: [],
      tied: 0,
      rejected: [
        {
          node: 'node-1',
          plugin: 'NodeResourcesFit',
          code: 'Unschedulable',
          reasons: ['Insufficient cpu'],
          all: [
            {
              plugin: 'NodeResourcesFit',
              reasonCode: 'InsufficientResource',
              reasons: ['Insufficient cpu'],
              shortfall: { cpu: '1' },
              details: [
                { type: 'insufficient', resource: 'cpu', requested: '3', allocatable: '4', used: '2', shortfall: '1' },
              ],
            },
          ],
        },
        {
          node: 'node-2',
          plugin: 'TaintToleration',
          code: 'UnschedulableAndUnresolvable',
          reasons: ['node(s) had untolerated taint(s)'],
          all: [
            {
              plugin: 'TaintToleration',
              reasonCode: 'UntoleratedTaint',
              reasons: ['node(s) had untolerated taint(s)'],
              details: [{ type: 'taint', taint: { key: 'gpu', value: '', effect: 'NoSchedule' } }],
            },
          ],
        },
      ],
      rejectedGroups: [
        {
          plugin: 'TaintToleration',
          reason: 'node(s) had untolerated taint(s)',
          reasonCode: 'UntoleratedTaint',
          nodes: 1,
          examples: ['node-2'],
        },
        {
          plugin: 'NodeResourcesFit',
          reason: 'Insufficient cpu',
          reasonCode: 'InsufficientResource',
          resource: 'cpu',
          nodes: 1,
          examples: ['node-1'],
        },
      ],
      funnel: [
        { plugin: 'NodeUnschedulable', rejected: 0, remaining: 2 },
        { plugin: 'NodeName', rejected: 0, remaining: 2 },
        { plugin: 'TaintToleration', rejected: 1, remaining: 1 },
        { plugin: 'NodeAffinity', rejected: 0, remaining: 1 },
        { plugin: 'NodePorts', rejected: 0, remaining: 1 },
        { plugin: 'NodeResourcesFit', rejected: 1, remaining: 0 },
        { plugin: 'PodTopologySpread', rejected: 0, remaining: 0 },
        { plugin: 'InterPodAffinity', rejected: 0, remaining: 0 },
        { plugin: 'NodeDeclaredFeatures', rejected: 0, remaining: 0 },
      ],
      blockers: [
        { plugin: 'TaintToleration', first: 1, any: 1, only: 1 },
        { plugin: 'NodeResourcesFit', first: 1, any: 1, only: 1 },
      ],
      remedies: [
        {
          kind: 'addToleration',
          whatIf: [
            {
              op: 'patchSubject',
              patch: { spec: { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }] } },
            },
          ],
          node: 'node-2',
          sentence: 'Tolerate the taint gpu:NoSchedule: then node-2 takes the pod.',
        },
        {
          kind: 'lowerRequest',
          whatIf: [
            {
              op: 'patchSubject',
              patch: {
                spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '2' } } }] },
              },
            },
          ],
          node: 'node-1',
          sentence: 'Lower the cpu request of container main by 1, from 3 to 2: then node-1 takes the pod.',
        },
        {
          kind: 'freePods',
          whatIf: [{ op: 'removePods', names: ['default/busy'] }],
          node: 'node-1',
          sentence: 'Remove default/busy from node-1: then node-1 takes the pod.',
        },
        {
          kind: 'addNode',
          whatIf: [{ op: 'addNodes', count: 1, like: 'node-1' }],
          node: 'node-1-like-1',
          sentence: 'Add a node like node-1: then node-1-like-1 takes the pod.',
        },
      ],
      admission: { allowed: true, errors: [] },
    },
  },
  capacity: {
    request: {
      manifest: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'api', namespace: 'default' },
        spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '1' } } }] },
      },
      sequence: true,
    },
    status: 200,
    response: {
      verdict: 'yes',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: { pendingIgnored: 1, orphanPods: 0 },
      warnings: [],
      skipped: [],
      subject: { kind: 'Pod', namespace: 'default', name: 'api', replicas: 1, evaluated: 2 },
      replicas: 2,
      limitedBy: 'nodes',
      message: '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).',
      nodeReplicas: { 'node-1': 2 },
      nodeSequence: ['node-1', 'node-1'],
      admission: { allowed: true, errors: [] },
    },
  },
  simulate: {
    request: {
      manifests: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'a', namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '1' } } }] },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'b', namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '1' } } }] },
        },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'c', namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '1' } } }] },
        },
      ],
    },
    status: 200,
    response: {
      verdict: 'no',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: { pendingIgnored: 1, orphanPods: 0 },
      warnings: [],
      skipped: [],
      requested: 3,
      placed: 2,
      remaining: 1,
      existing: 0,
      placements: [
        { pod: 'default/a', node: 'node-1' },
        { pod: 'default/b', node: 'node-1' },
      ],
      failures: [
        {
          pod: 'default/c',
          message: '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).',
        },
      ],
      admission: { allowed: true, errors: [] },
      allocation: {
        before: {
          nodes: 2,
          pods: 1,
          allocatable: { cpu: '8', memory: '32Gi', pods: '220' },
          requested: { cpu: '2', memory: '0', pods: '1' },
          free: { cpu: '6', memory: '32Gi', pods: '219' },
        },
        after: {
          nodes: 2,
          pods: 3,
          allocatable: { cpu: '8', memory: '32Gi', pods: '220' },
          requested: { cpu: '4', memory: '0', pods: '3' },
          free: { cpu: '4', memory: '32Gi', pods: '217' },
        },
      },
    },
  },
  fitAcrossClusters: {
    request: {
      manifest: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'api', namespace: 'default' },
        spec: { containers: [{ name: 'main', image: 'main:1', resources: { requests: { cpu: '1' } } }] },
      },
      clusters: ['default'],
      candidateLimit: 1,
    },
    status: 200,
    response: {
      verdict: 'yes',
      revision: null,
      asOf: null,
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: {},
      warnings: [],
      skipped: [],
      clusters: [
        {
          cluster: 'default',
          answer: {
            verdict: 'yes',
            revision: 2,
            asOf: '2026-03-02T08:00:00.000Z',
            engine: { version: '0.1.0', kubernetes: '1.36' },
            notEvaluated: [],
            assumptions: { pendingIgnored: 1, orphanPods: 0 },
            warnings: [],
            skipped: [],
            subject: { kind: 'Pod', namespace: 'default', name: 'api', replicas: 1, evaluated: 1 },
            node: 'node-1',
            message: null,
            eventMessage: null,
            requests: { cpu: '1' },
            nodeCounts: { total: 2, feasible: 1 },
            candidates: [
              {
                node: 'node-1',
                score: 429,
                scores: {
                  TaintToleration: 300,
                  NodeResourcesFit: 61,
                  NodeResourcesBalancedAllocation: 68,
                  ImageLocality: 0,
                },
                freeAfter: { cpu: '1', memory: '16Gi', pods: '108' },
              },
            ],
            tied: 1,
            rejectedGroups: [
              {
                plugin: 'TaintToleration',
                reason: 'node(s) had untolerated taint(s)',
                reasonCode: 'UntoleratedTaint',
                nodes: 1,
                examples: ['node-2'],
              },
            ],
            funnel: [
              { plugin: 'NodeUnschedulable', rejected: 0, remaining: 2 },
              { plugin: 'NodeName', rejected: 0, remaining: 2 },
              { plugin: 'TaintToleration', rejected: 1, remaining: 1 },
              { plugin: 'NodeAffinity', rejected: 0, remaining: 1 },
              { plugin: 'NodePorts', rejected: 0, remaining: 1 },
              { plugin: 'NodeResourcesFit', rejected: 0, remaining: 1 },
              { plugin: 'PodTopologySpread', rejected: 0, remaining: 1 },
              { plugin: 'InterPodAffinity', rejected: 0, remaining: 1 },
              { plugin: 'NodeDeclaredFeatures', rejected: 0, remaining: 1 },
            ],
            remedies: [],
            admission: { allowed: true, errors: [] },
          },
        },
      ],
    },
  },
  lifecycle: {
    request: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        initContainers: [
          { name: 'proxy', image: 'proxy:1', restartPolicy: 'Always', resources: { requests: { cpu: '100m' } } },
          { name: 'migrate', image: 'migrate:1', resources: { requests: { cpu: '2400m' } } },
        ],
        containers: [
          {
            name: 'app',
            image: 'app:1',
            resources: { requests: { cpu: '650m', memory: '1Gi' }, limits: { memory: '2Gi' } },
          },
        ],
      },
    },
    status: 200,
    response: {
      items: [
        {
          kind: 'Pod',
          namespace: 'default',
          name: 'web',
          restartPolicy: 'Always',
          qosClass: 'Burstable',
          stages: [
            {
              stage: 'prepare',
              starts: [],
              running: [],
              endsWhen: 'the sandbox exists, the network is set up and all volumes are mounted',
              inUse: {},
              reserved: { cpu: '2500m', memory: '1Gi' },
              idle: { cpu: '2500m', memory: '1Gi' },
              phase: 'Pending',
              initialized: {
                status: 'False',
                reason: 'ContainersNotInitialized',
                message: 'containers with incomplete status: [proxy migrate]',
              },
              kubectlStatus: 'Init:0/2',
              onFailure: null,
            },
            {
              stage: 'sidecar',
              starts: ['proxy'],
              running: [{ name: 'proxy', type: 'sidecar' }],
              endsWhen: 'proxy is started: its process runs',
              inUse: { cpu: '100m' },
              reserved: { cpu: '2500m', memory: '1Gi' },
              idle: { cpu: '2400m', memory: '1Gi' },
              phase: 'Pending',
              initialized: {
                status: 'False',
                reason: 'ContainersNotInitialized',
                message: 'containers with incomplete status: [proxy migrate]',
              },
              kubectlStatus: 'Init:0/2',
              onFailure: {
                effect: 'retried',
                sentence:
                  'it is restarted whatever restartPolicy the pod has, throughout the life of the pod; until it is started, no later container starts',
              },
            },
            {
              stage: 'init',
              starts: ['migrate'],
              running: [
                { name: 'proxy', type: 'sidecar' },
                { name: 'migrate', type: 'init' },
              ],
              endsWhen: 'migrate exits with code 0',
              inUse: { cpu: '2500m' },
              reserved: { cpu: '2500m', memory: '1Gi' },
              idle: { memory: '1Gi' },
              phase: 'Pending',
              initialized: {
                status: 'False',
                reason: 'ContainersNotInitialized',
                message: 'containers with incomplete status: [migrate]',
              },
              kubectlStatus: 'Init:1/2',
              onFailure: {
                effect: 'retried',
                sentence:
                  'it is run again until it exits with code 0, after a back-off of 10 s that doubles up to 5 min; the pod stays Pending (Init:CrashLoopBackOff) and no later container starts',
              },
            },
            {
              stage: 'work',
              starts: ['app'],
              running: [
                { name: 'proxy', type: 'sidecar' },
                { name: 'app', type: 'work' },
              ],
              endsWhen: null,
              inUse: { cpu: '750m', memory: '1Gi' },
              reserved: { cpu: '2500m', memory: '1Gi' },
              idle: { cpu: '1750m' },
              phase: 'Running',
              initialized: { status: 'True', reason: null, message: null },
              kubectlStatus: 'Running',
              onFailure: {
                effect: 'retried',
                sentence:
                  'the container alone is restarted in place, with back-off (CrashLoopBackOff); init containers do not run again',
              },
            },
          ],
          initFailure: {
            Always: {
              effect: 'retried',
              sentence:
                'it is run again until it exits with code 0, after a back-off of 10 s that doubles up to 5 min; the pod stays Pending (Init:CrashLoopBackOff) and no later container starts',
            },
            OnFailure: {
              effect: 'retried',
              sentence:
                'it is run again until it exits with code 0, after a back-off of 10 s that doubles up to 5 min; the pod stays Pending (Init:CrashLoopBackOff) and no later container starts',
            },
            Never: {
              effect: 'podFails',
              sentence:
                'the pod fails as a whole (phase Failed): no later container starts, sidecars are stopped; only a controller makes a new pod',
            },
          },
          termination: {
            gracePeriodSeconds: 30,
            steps: [
              { stops: ['app'], sentence: 'app containers get their preStop hook and SIGTERM together' },
              {
                stops: ['proxy'],
                sentence: 'a sidecar ends after all that started later; a non-zero exit code is normal here',
              },
            ],
          },
          initRunsAgain: [
            'the pod sandbox is made anew: the node was rebooted, the pause container ended, the network namespace was lost',
            'the pod is replaced: evicted, preempted, deleted, or rolled out by its controller; the new pod runs all of them',
            'an attempt failed half-way: it is repeated from its beginning, with what it has already written to volumes still there',
          ],
          notes: [
            'the pod cannot be Ready before all init containers are done; their ports are not published by Services (those of sidecars may be)',
          ],
        },
      ],
      warnings: [],
    },
  },
  pending: {
    status: 200,
    response: {
      verdict: 'no',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: { orphanPods: 0 },
      warnings: [],
      skipped: [],
      pending: 1,
      groups: [
        {
          stage: 'unscheduled',
          message: '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).',
          count: 1,
          examples: ['default/waiting'],
          requests: { cpu: '3' },
        },
      ],
    },
  },
  explanation: {
    status: 200,
    response: {
      verdict: 'yes',
      revision: 2,
      asOf: '2026-03-02T08:00:00.000Z',
      engine: { version: '0.1.0', kubernetes: '1.36' },
      notEvaluated: [],
      assumptions: {},
      warnings: [],
      skipped: [],
      pod: 'default/busy',
      stage: 'boundNotStarted',
      sentence: 'The pod is bound to node-1 and takes its room there; its containers have not all started.',
      node: 'node-1',
      condition: null,
      fit: null,
    },
  },
  changes: { status: 200, response: { items: [], nextCursor: 'MTAwMC4yMTQ3NDgzNjQ3', revision: 2 } },
  healthz: { status: 200, response: { status: 'ok' } },
  readyz: { status: 200, response: { status: 'ok' } },
  Problem: {
    status: 404,
    response: {
      type: 'urn:stowage:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'Node "node-9" not found',
      instance: 'urn:stowage:request:example',
      code: 'not_found',
      retryable: false,
      resource: { kind: 'Node', name: 'node-9' },
    },
  },
};
