import { describe, expect, it } from 'vitest';
import { Faults } from '../faults.js';
import { keptKinds } from '../kinds.js';
import type { JsonObject } from '../types.js';
import { checkObject } from './check-object.js';

const check = (kind: string, manifest: JsonObject, namespaced = true): Faults => {
  const faults = new Faults();
  const metadata = { name: 'x', ...(namespaced ? { namespace: 'shop' } : {}) };
  checkObject(kind, { metadata, ...manifest }, faults);
  return faults;
};
const sentences = (faults: Faults): string[] => faults.errors.map(({ message }) => message);

describe('Node', () => {
  const node = (spec: JsonObject, status: JsonObject): Faults => check('Node', { spec, status }, false);
  const whole = { cpu: '4', memory: '8Gi', pods: '110' };
  const taint = (effect: string): JsonObject => ({ key: 'a', value: 'b', effect });
  const rows: [name: string, spec: JsonObject, status: JsonObject, errors: string[]][] = [
    ['in order', { taints: [taint('NoSchedule'), taint('NoExecute')] }, { allocatable: whole }, []],
    [
      'an amount below zero',
      {},
      { capacity: { cpu: '-1' } },
      ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    [
      'half a pod',
      {},
      { allocatable: { ...whole, pods: '1500m' } },
      ['status.allocatable.pods: Invalid value: "1500m": must be an integer'],
    ],
    [
      'half a device',
      {},
      { allocatable: { ...whole, 'example.com/gpu': '0.5' } },
      ['status.allocatable.example.com/gpu: Invalid value: "500m": must be an integer'],
    ],
    [
      'no quantity',
      {},
      { allocatable: { ...whole, cpu: 'four' } },
      [
        'status.allocatable[cpu]: Invalid value: "four": quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
      ],
    ],
    [
      'a taint without effect',
      { taints: [taint('')] },
      { allocatable: whole },
      ['metadata.taints[0].effect: Required value'],
    ],
    [
      'an effect nobody knows',
      { taints: [taint('Never')] },
      { allocatable: whole },
      [
        'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
    [
      'unschedulable is a text',
      { unschedulable: 'yes' },
      { allocatable: whole },
      ['spec.unschedulable: Invalid value: "string": spec.unschedulable in body must be of type boolean: "string"'],
    ],
  ];
  it.each(rows)('%s', (_, spec, status, errors) => expect(sentences(node(spec, status))).toEqual(errors));

  it('refuses one taint twice', () => {
    expect(sentences(node({ taints: [taint('NoSchedule'), taint('NoSchedule')] }, { allocatable: whole }))[0]).toMatch(
      /^metadata\.taints\[1\]: Duplicate value: \{"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null\}: taints must be unique by key and effect pair$/,
    );
  });

  const warnings: [name: string, status: JsonObject, warnings: string[]][] = [
    ['nothing to say', { capacity: whole }, []],
    [
      'no pods',
      { allocatable: { cpu: '4', memory: '8Gi' } },
      ['status.allocatable[pods]: missing: the node admits no pod at all'],
    ],
    [
      'more than there is',
      { capacity: whole, allocatable: { ...whole, cpu: '5' } },
      ['status.allocatable[cpu]: 5 is more than the capacity of 4'],
    ],
    [
      'zero by accident',
      { allocatable: { ...whole, memory: 'Mi' } },
      ['status.allocatable[memory]: quantity "Mi" has no digits and is read as 0'],
    ],
  ];
  it.each(warnings)('warns of %s', (_, status, expected) => expect(node({}, status).warnings).toEqual(expected));
});

describe('LimitRange', () => {
  const rows: [name: string, item: JsonObject, errors: string[]][] = [
    ['in order', { type: 'Container', min: { cpu: '1' }, max: { cpu: '2' }, defaultRequest: { cpu: '1' } }, []],
    [
      'defaults of type Pod',
      { type: 'Pod', default: { cpu: '1' } },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      'min above max',
      { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      'default request above default limit',
      { type: 'Container', defaultRequest: { cpu: '2' }, default: { cpu: '1' } },
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      ],
    ],
    [
      'a ratio below one',
      { type: 'Container', maxLimitRequestRatio: { cpu: '500m' } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
    ],
    [
      'storage without a bound',
      { type: 'PersistentVolumeClaim', max: {} },
      [
        'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
  ];
  it.each(rows)('%s', (_, item, errors) =>
    expect(sentences(check('LimitRange', { spec: { limits: [item] } }))).toEqual(errors),
  );

  it('has each type once', () => {
    const limits = [{ type: 'Pod' }, { type: 'Pod' }];
    expect(sentences(check('LimitRange', { spec: { limits } }))).toEqual([
      'spec.limits[1].type: Duplicate value: "Pod"',
    ]);
  });
});

describe('ResourceQuota', () => {
  const rows: [name: string, spec: JsonObject, errors: string[]][] = [
    [
      'in order',
      {
        hard: { pods: '1', 'requests.cpu': '1', 'requests.example.com/gpu': '1', 'count/pods': '1' },
        scopes: ['Terminating'],
      },
      [],
    ],
    [
      'below zero',
      { hard: { pods: '-1' } },
      ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
    ['an unknown scope', { scopes: ['Nice'] }, ['spec.scopes: Invalid value: ["Nice"]: unsupported scope']],
    [
      'scopes in conflict',
      { scopes: ['BestEffort', 'NotBestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
    ],
    [
      'a scope that selects by nothing',
      {
        hard: { 'ephemeral-storage': '1' },
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] },
      },
      [
        'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"PriorityClass","Operator":"In","Values":null}]}: unsupported scope applied to resource',
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
    [
      'a scope that has no values',
      { scopeSelector: { matchExpressions: [{ scopeName: 'Terminating', operator: 'In', values: ['a'] }] } },
      [
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity',
      ],
    ],
    [
      'a name that quotas do not know',
      { hard: { storage: '1' } },
      ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    ],
    [
      'BestEffort tracks pods alone',
      { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
  ];
  it.each(rows)('%s', (_, spec, errors) => expect(sentences(check('ResourceQuota', { spec }))).toEqual(errors));
});

describe('classes', () => {
  const rows: [name: string, kind: string, manifest: JsonObject, errors: string[]][] = [
    ['a priority', 'PriorityClass', { value: 1_000_000_000 }, []],
    [
      'too high a priority',
      'PriorityClass',
      { value: 1_000_000_001 },
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'a name of the system',
      'PriorityClass',
      { metadata: { name: 'system-mine' }, value: 1 },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
      ],
    ],
    [
      'a class of the system',
      'PriorityClass',
      { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 },
      [],
    ],
    [
      'a policy nobody knows',
      'PriorityClass',
      { value: 1, preemptionPolicy: 'Always' },
      ['preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
    ],
    [
      'overhead below zero',
      'RuntimeClass',
      { handler: 'h', overhead: { podFixed: { cpu: '-1' } } },
      ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ],
  ];
  it.each(rows)('%s', (_, kind, manifest, errors) => expect(sentences(check(kind, manifest, false))).toEqual(errors));
});

describe('workloads', () => {
  const labels = { app: 'web' };
  const template = (spec: JsonObject = {}, given: JsonObject = labels): JsonObject => ({
    metadata: { labels: given },
    spec: { containers: [{ name: 'c', image: 'x' }], ...spec },
  });
  const selector = { matchLabels: labels };
  const whole = { selector, template: template() };
  const mismatch =
    'spec.template.metadata.labels: Invalid value: {"app":"api"}: `selector` does not match template `labels`';
  const rolling = (maxSurge: number | string, maxUnavailable: number | string): JsonObject => ({
    ...whole,
    strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
  });
  const job = { template: template({ restartPolicy: 'Never' }) };

  const rows: [name: string, kind: string, spec: JsonObject, errors: string[]][] = [
    ['in order', 'Deployment', whole, []],
    ['in order', 'ReplicaSet', whole, []],
    ['in order', 'StatefulSet', whole, []],
    ['in order', 'DaemonSet', whole, []],
    ['in order, the selector from the template', 'ReplicationController', { template: template() }, []],
    ['in order', 'Job', job, []],
    ['in order', 'CronJob', { schedule: '* * * * *', jobTemplate: { spec: job } }, []],
    [
      'no selector, which matches nothing',
      'Deployment',
      { template: template() },
      [
        'spec.selector: Required value',
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'labels that are none, at the template',
      'Deployment',
      { selector, template: template({}, { app: 'web', b: '-' }) },
      [
        "spec.template.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      'an operator nobody knows: the template is not looked at',
      'Deployment',
      { selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] }, template: {} },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Like"}]}: invalid label selector',
      ],
    ],
    [
      'a deadline no longer than the wait for readiness',
      'Deployment',
      { ...whole, minReadySeconds: 600 },
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      'surge and unavailable',
      'DaemonSet',
      { ...whole, updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      'neither',
      'DaemonSet',
      { ...whole, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
    [
      'a strategy nobody knows',
      'DaemonSet',
      { ...whole, updateStrategy: { type: 'Blue' } },
      [
        'spec.updateStrategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'OnDelete with a partition',
      'StatefulSet',
      { ...whole, updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
      ],
    ],
    [
      'a partition below zero, claims kept for a while',
      'StatefulSet',
      {
        ...whole,
        updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenScaled: 'Later' },
      },
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Later": supported values: "Retain", "Delete"',
      ],
    ],
    [
      'counts of indexes without indexes',
      'Job',
      { ...job, backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'more failures than indexes',
      'Job',
      { ...job, completionMode: 'Indexed', completions: 2, maxFailedIndexes: 3 },
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions',
      ],
    ],
    [
      'a failure policy of nothing',
      'Job',
      { ...job, podFailurePolicy: { rules: [{}] }, podReplacementPolicy: 'TerminatingOrFailed' },
      [
        'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
        'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
      ],
    ],
    [
      'a failure policy of bad exit codes',
      'Job',
      {
        template: template({ restartPolicy: 'OnFailure' }),
        podFailurePolicy: {
          rules: [{ action: 'FailIndex', onExitCodes: { containerName: 'x', operator: 'In', values: [2, 0, 2] } }],
        },
      },
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
    [
      'a selector of its own',
      'CronJob',
      { schedule: '@daily', jobTemplate: { spec: { ...job, selector, manualSelector: true } } },
      [
        'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"app":"web"}}: `selector` will be auto-generated',
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
    [
      'a place nobody knows',
      'CronJob',
      { schedule: '* * * * *', timeZone: 'Moon/Sea', jobTemplate: { spec: job } },
      ['spec.timeZone: Invalid value: "Moon/Sea": unknown time zone Moon/Sea'],
    ],
    [
      'an empty selector',
      'Deployment',
      { ...whole, selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    ['a selector beside the labels', 'Deployment', { selector, template: template({}, { app: 'api' }) }, [mismatch]],
    ['a selector beside the labels', 'StatefulSet', { selector, template: template({}, { app: 'api' }) }, [mismatch]],
    [
      'a selector beside the labels',
      'ReplicationController',
      { selector: labels, template: template({}, { app: 'api' }) },
      [mismatch],
    ],
    [
      'an operator nobody knows',
      'DaemonSet',
      { ...whole, selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
      ['spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator'],
    ],
    [
      'replicas below zero',
      'StatefulSet',
      { ...whole, replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'replicas as a text',
      'Deployment',
      { ...whole, replicas: '3' },
      ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ],
    [
      'a pod that ends',
      'Deployment',
      { selector, template: template({ restartPolicy: 'Never' }) },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'a deadline',
      'DaemonSet',
      { selector, template: template({ activeDeadlineSeconds: 5 }) },
      ['spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported'],
    ],
    [
      'a fault in the template',
      'Deployment',
      { selector, template: template({ containers: [] }) },
      ['spec.template.spec.containers: Required value'],
    ],
    [
      'a pod that never ends',
      'Job',
      { template: template() },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'Indexed without completions',
      'Job',
      { ...job, completionMode: 'Indexed' },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'no schedule, a fault deep inside',
      'CronJob',
      { jobTemplate: { spec: { ...job, parallelism: -1 } } },
      [
        'spec.schedule: Required value',
        'spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'surge and unavailable 0',
      'Deployment',
      rolling(0, 0),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'surge 0% and unavailable 0',
      'Deployment',
      rolling('0%', 0),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'more than all unavailable',
      'Deployment',
      rolling('200%', '101%'),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'rollingUpdate under Recreate',
      'Deployment',
      { ...whole, strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'a strategy nobody knows',
      'Deployment',
      { ...whole, strategy: { type: 'Blue' } },
      [
        'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      'both bounds',
      'PodDisruptionBudget',
      { minAvailable: 1, maxUnavailable: 1 },
      [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      'too much of a percentage',
      'PodDisruptionBudget',
      { minAvailable: '120%' },
      ['spec.minAvailable: Invalid value: "120%": must not be greater than 100%'],
    ],
    [
      'a maximum below the minimum',
      'HorizontalPodAutoscaler',
      { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 3, maxReplicas: 2 },
      ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
    ],
  ];
  it.each(rows)('%s: %s', (_, kind, spec, errors) => expect(sentences(check(kind, { spec }))).toEqual(errors));

  it('takes a StatefulSet whose pods would be refused, and says so', () => {
    const faulty = { selector, template: template({ containers: [{ name: 'c' }] }) };
    const faults = check('StatefulSet', { spec: faulty });
    expect(sentences(faults)).toEqual([]);
    expect(faults.warnings).toEqual([
      'spec.template.spec.containers[0].image: Required value (the StatefulSet is accepted, its pods are not)',
    ]);
  });

  it('knows the volumes that claim templates bring', () => {
    const mounts = [{ name: 'data', mountPath: '/data' }];
    const containers = [{ name: 'c', image: 'x', volumeMounts: mounts }];
    const spec = {
      selector,
      template: template({ containers }),
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    };
    expect(check('StatefulSet', { spec }).warnings).toEqual([]);
  });
});

describe('unknown fields', () => {
  const rows: [kind: string, manifest: JsonObject, unknown: string[]][] = [
    ['Deployment', { spec: { replcas: 3 } }, ['spec.replcas']],
    [
      'Deployment',
      { spec: { strategy: { rollingUpdate: { maxSurge: 1, maxSurg: 1 } } } },
      ['spec.strategy.rollingUpdate.maxSurg'],
    ],
    ['StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 1 } }, replica: 1 } }, ['spec.replica']],
    ['CronJob', { spec: { jobTemplate: { spec: { parallel: 1 } } } }, ['spec.jobTemplate.spec.parallel']],
    ['LimitRange', { spec: { limits: [{ type: 'Pod', maximum: {} }] } }, ['spec.limits[0].maximum']],
    ['PriorityClass', { value: 1, spec: {} }, ['spec']],
    ['Service', { spec: { selector: {}, ports: [] }, status: {} }, []],
    ['HorizontalPodAutoscaler', { spec: { maxReplica: 2 } }, ['spec.maxReplica']],
  ];
  it.each(rows)('of a %s: %j', (kind, manifest, unknown) => {
    const faults = new Faults({ unknownFields: true });
    checkObject(kind, { apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'shop' }, ...manifest }, faults);
    expect(faults.unknownFields).toEqual(unknown.map((field) => `unknown field "${field}"`));
  });
});

describe('names', () => {
  it.each(keptKinds.filter(({ kind }) => kind !== 'Pod').map(({ kind, namespaced }) => [kind, namespaced] as const))(
    'of a %s are checked',
    (kind, namespaced) => {
      const faults = new Faults();
      checkObject(kind, { metadata: { name: 'Not_a/name', ...(namespaced ? { namespace: 'shop' } : {}) } }, faults);
      expect(faults.errors.map(({ field }) => field)).toContain('metadata.name');
    },
  );
});
