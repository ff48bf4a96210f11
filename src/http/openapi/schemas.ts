/** Schemas of answers (and of bodies that no DTO class describes), by name. Requests are described by their DTOs. */
import { problemCodes } from '../problem.js';

type Schema = Readonly<Record<string, unknown>>;

const text = (description: string, rest: Schema = {}): Schema => ({ type: 'string', description, ...rest });
const integer = (description: string, rest: Schema = {}): Schema => ({ type: 'integer', description, ...rest });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const list = (items: Schema, description: string): Schema => ({ type: 'array', items, description });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
/** Beside a reference nothing else counts (OpenAPI 3.0), so it is wrapped. */
const nullable = (schema: Schema): Schema =>
  '$ref' in schema ? { allOf: [schema], nullable: true } : { ...schema, nullable: true };
const map = (values: Schema, description: string): Schema => ({
  type: 'object',
  additionalProperties: values,
  description,
});
/** More values may come within v1: clients treat unknown ones as "other". */
const open = (words: readonly string[], description: string): Schema =>
  text(`${description} (open enum)`, { 'x-extensible-enum': words });
const closed = (words: readonly string[], description: string): Schema =>
  text(`${description} (closed enum)`, { enum: words });

/** All members are required unless named in `optional`. */
function object(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', description, properties, ...(required.length > 0 ? { required } : {}) };
}

const revision = integer("The cluster's revision that the answer was computed at.");
const asOf = nullable(text('When the data was observed, ISO 8601 UTC.', { format: 'date-time' }));
const amounts = ref('Amounts');
const podName = '`namespace/name`';

const notEvaluated = list(
  object('Something that kube-scheduler would look at and this service does not.', {
    plugin: text('The plugin that would.'),
    pods: list({ type: 'string' }, `${podName}; empty when it concerns every pod.`),
    reason: text('Why.'),
  }),
  'What was left out.',
);

const common = {
  verdict: closed(['yes', 'no', 'unknown'], 'A yes that leaves something unevaluated is `unknown`.'),
  revision: nullable(integer("The cluster's revision; null without a cluster.")),
  asOf,
  engine: object('What computed the answer.', {
    version: text('Version of this service.'),
    kubernetes: text('The kube-scheduler whose rules these are.'),
  }),
  notEvaluated,
  assumptions: object(
    'What was taken for granted; a member is there only where it says something.',
    {
      pendingIgnored: integer('Other pending pods, which take no room here.'),
      pendingPlaced: integer('Pending pods placed before the subject.'),
      pendingUnplaced: integer('Pending pods that fit nowhere.'),
      orphanPods: integer('Bound pods whose node is unknown: they occupy nothing.'),
      reservationsIgnored: integer('Reservations left out.'),
      ignored: list({ type: 'string' }, 'Fields of the subject that were left out of account.'),
      whatIfUnplaced: integer('Pods added by `whatIf` that fit nowhere.'),
    },
    [
      'pendingIgnored',
      'pendingPlaced',
      'pendingUnplaced',
      'orphanPods',
      'reservationsIgnored',
      'ignored',
      'whatIfUnplaced',
    ],
  ),
  warnings: list({ type: 'string' }, 'Sentences for people.'),
  skipped: list(ref('Skipped'), 'Manifests of kinds that are not kept.'),
};

const answer = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema => object(description, { ...common, ...properties }, optional);

const pair = (description: string): Schema => object(description, { requests: amounts, limits: amounts });

const evictions = object('With `preemption`.', {
  victims: list({ type: 'string' }, 'Pods of lower priority that would be evicted: `namespace/name`.'),
});

const pageOf = (items: Schema, what: string): Schema =>
  object(what, {
    items: list(items, 'One page.'),
    nextCursor: nullable(text('Give it as `cursor` for the next page; null on the last.')),
    total: integer('All that match, on all pages.'),
    revision,
    asOf,
  });

const subject = nullable(
  object('What was judged; null when nothing was.', {
    kind: text('Kind.'),
    namespace: text('Namespace.'),
    name: text('Name.'),
    replicas: integer('Pods that it stands for.'),
    evaluated: integer('Pods that this answer judges.'),
  }),
);

const allocation = object('Sums over the nodes.', {
  nodes: integer('Nodes.'),
  pods: integer('Pods on them.'),
  allocatable: amounts,
  requested: amounts,
  free: amounts,
});

const reservation = object('Room promised to somebody.', {
  id: text('Its id.'),
  pod: text(podName),
  node: text('The node that the room is on.'),
  status: open(['granted', 'released', 'expired', 'lost', 'consumed'], 'Where it stands.'),
  owner: text('Who claimed it, in their own words.'),
  createdAt: text('ISO 8601 UTC.', { format: 'date-time' }),
  expiresAt: text('ISO 8601 UTC.', { format: 'date-time' }),
  endedAt: nullable(text('ISO 8601 UTC; null while granted.', { format: 'date-time' })),
  consumedBy: nullable(
    object('Pods that consume it besides the one of its name.', {
      namespace: text('Their namespace.'),
      labelSelector: text("kubectl's label selector syntax."),
    }),
  ),
  consumedByPod: nullable(text(`${podName} of the pod that consumed it.`)),
  revision: integer('Revision of its last change.'),
});

const failureEffect = object("What one container's failure does.", {
  effect: open(['retried', 'podFails', 'stays terminated'], 'To the container and its pod.'),
  sentence: text('In words.'),
});

const startSequence = object('How one pod starts and ends.', {
  kind: text('Kind of the manifest: `Pod`, or the workload that holds the template.'),
  namespace: text('Namespace.'),
  name: text('Name.'),
  restartPolicy: text("The pod's."),
  qosClass: closed(['Guaranteed', 'Burstable', 'BestEffort'], 'Quality of service.'),
  stages: list(
    object('What starts at once, and what the pod is meanwhile.', {
      stage: open(['prepare', 'init', 'sidecar', 'work'], '`prepare`: sandbox, network, volumes.'),
      starts: list({ type: 'string' }, 'Containers that the stage starts; all app containers together.'),
      running: list(
        object('A container that runs.', {
          name: text('Name.'),
          type: closed(['init', 'sidecar', 'work'], 'What it is.'),
        }),
        'Everything that runs during the stage, in start order.',
      ),
      endsWhen: nullable(text('When the next stage begins; null for the last.')),
      inUse: amounts,
      reserved: amounts,
      idle: amounts,
      phase: closed(['Pending', 'Running'], "The pod's phase."),
      initialized: object('The condition Initialized.', {
        status: closed(['True', 'False'], 'Its status.'),
        reason: nullable(text('Its reason.')),
        message: nullable(text('Its message.')),
      }),
      kubectlStatus: text('As `kubectl get pods` shows it.'),
      onFailure: nullable(failureEffect),
    }),
    'In order. `inUse` is requested by what runs, overhead included; `reserved` is held on the node throughout; `idle` is ' +
      'held and asked for by nothing that runs.',
  ),
  initFailure: object('What a failing init container does, by restartPolicy.', {
    Always: failureEffect,
    OnFailure: failureEffect,
    Never: failureEffect,
  }),
  termination: object('How it ends, within one grace period.', {
    gracePeriodSeconds: integer('Seconds.'),
    steps: list(
      object('What is stopped together.', {
        stops: list({ type: 'string' }, 'Containers.'),
        sentence: text('In words.'),
      }),
      'One after another.',
    ),
  }),
  initRunsAgain: list({ type: 'string' }, 'When init containers run again: why their code must be idempotent.'),
  notes: list({ type: 'string' }, 'What else is worth knowing.'),
});

const changeEffect = object('With `from` and `to`: what the change from one to the other does.', {
  kind: text('Kind of both manifests.'),
  restarts: closed(['pods', 'containers', 'none'], 'What restarts.'),
  containers: list({ type: 'string' }, 'Those that restart in place; none where pods are replaced.'),
  allowed: flag('False: the API server refuses the update as it is.'),
  errors: list({ type: 'string' }, "The API server's sentences where it refuses."),
  initContainersRun: flag('Whether init containers run (again) because of it.'),
  changes: list(
    object('One changed field.', {
      field: text('Its path, containers by name.'),
      effect: open(['none', 'container', 'pods', 'newPods', 'refused'], '`newPods`: only pods made later have it.'),
      container: nullable(text('The container concerned.')),
      sentence: text('In words.'),
    }),
    'In the order of the manifest.',
  ),
  summary: text('In words.'),
});

export const schemas = {
  Amounts: map(
    { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    'Resource name → amount: a canonical Kubernetes quantity, or with `quantities=integer` a number (cpu in millicores, everything else in base units).',
  ),
  Manifest: {
    type: 'object',
    description:
      'A Kubernetes object as `kubectl get -o json|yaml` prints it or `kubectl apply` takes it; a `List`, any `<Kind>List`.',
    properties: { apiVersion: text('Group and version.'), kind: text('Kind.') },
    required: ['apiVersion', 'kind'],
    additionalProperties: true,
  },
  MergePatch: {
    type: 'object',
    description: 'A merge patch (RFC 7396): null removes a member, objects merge, everything else replaces.',
    additionalProperties: true,
  },
  Skipped: object('Manifests that were left out.', {
    kind: text('Kind.'),
    apiVersion: text('Group and version.'),
    count: integer('How many.'),
    reason: text('Why.'),
  }),
  FieldError: object(
    'One fault of one field, in the words of the API server.',
    {
      object: text('The object it is about: `Pod/team-a/web-0`.'),
      type: open(
        [
          'FieldValueRequired',
          'FieldValueInvalid',
          'FieldValueTypeInvalid',
          'FieldValueDuplicate',
          'FieldValueForbidden',
          'FieldValueNotFound',
          'FieldValueNotSupported',
          'FieldValueTooLong',
          'FieldValueTooMany',
        ],
        "The API server's word for the fault.",
      ),
      field: text('Path of the field.', { example: 'spec.initContainers[0].readinessProbe' }),
      detail: text('What is wrong with it.'),
      message: text('The whole sentence.'),
    },
    ['object'],
  ),
  Problem: object(
    'An error (RFC 9457).',
    {
      type: text('`urn:stowage:problem:` and the code.'),
      title: text('The code in words.'),
      status: integer('The HTTP status.'),
      detail: text('What was wrong this time.'),
      instance: text('`urn:stowage:request:` and the request id.'),
      code: open(Object.keys(problemCodes), 'What to tell apart in a program.'),
      retryable: flag('Whether the same request may succeed later.'),
      errors: list(ref('FieldError'), 'Every fault, where fields are at fault.'),
      resource: object('What was not found.', { kind: text('Kind.'), name: text('Name.') }),
      answer: {
        type: 'object',
        description: 'With `requirement_not_met`: the whole answer.',
        additionalProperties: true,
      },
    },
    ['errors', 'resource', 'answer'],
  ),
  Status: object('The service is well.', { status: text('`ok`') }),
  Cluster: object('A cluster.', {
    name: text('A DNS-1123 subdomain.'),
    description: text('What the cluster is, for people.'),
    scheduler: nullable({
      type: 'object',
      description: 'Its KubeSchedulerConfiguration; null: the defaults.',
      additionalProperties: true,
    }),
    revision,
    asOf,
    nodes: integer('Nodes stored.'),
    pods: integer('Pods stored.'),
    pending: integer('Pods without a node that are not finished.'),
    reservations: integer('Reservations that hold room.'),
  }),
  ClusterList: object('All clusters, by name.', {
    items: list(ref('Cluster'), 'Clusters.'),
    nextCursor: nullable(text('Always null: there is one page.')),
    total: integer('Clusters.'),
  }),
  ImportAnswer: object('What an import or a snapshot did.', {
    revision,
    asOf: text('When the data was observed, ISO 8601 UTC.', { format: 'date-time' }),
    created: integer('Objects that were not stored before.'),
    updated: integer('Objects whose content changed.'),
    unchanged: integer('Objects that are as they were, apart from resourceVersion and heartbeat times.'),
    deleted: integer('Objects removed.'),
    skipped: list(ref('Skipped'), 'Manifests of kinds that are not kept.'),
    invalid: list(
      object('An object that was left out.', {
        object: text('`Pod/team-a/web-0`'),
        errors: list(ref('FieldError'), 'Its faults.'),
      }),
      'With `onInvalid=skip`.',
    ),
    warnings: list({ type: 'string' }, 'What was taken although something is odd about it; at most 1000.'),
  }),
  ObjectList: pageOf(ref('Manifest'), 'Stored manifests, by name.'),
  EffectiveItem: object('What one pod really asks for.', {
    kind: text('Kind of the manifest.'),
    namespace: text('Namespace.'),
    name: text('Name.'),
    replicas: integer('Pods that the manifest stands for.'),
    qosClass: closed(['Guaranteed', 'Burstable', 'BestEffort'], 'Quality of service class.'),
    requests: amounts,
    limits: amounts,
    limitComplete: map(
      { type: 'boolean' },
      'Whether every container limits the resource: else the number bounds nothing.',
    ),
    init: pair('Peak of the init phase, without overhead.'),
    work: pair('App containers and sidecars together, without overhead.'),
    overhead: amounts,
    podLevel: nullable(pair('`spec.resources`.')),
    stages: list(
      object('A container and the sidecars started before it.', {
        container: text('Name.'),
        type: closed(['init', 'sidecar', 'work'], 'What it is.'),
        requests: amounts,
      }),
      'The init phase in start order.',
    ),
    decidedBy: map(
      object('What decided the resource.', {
        phase: closed(['init', 'work', 'podLevel'], 'A tie is `work`.'),
        containers: list({ type: 'string' }, 'In start order.'),
      }),
      'By resource.',
    ),
    containers: list(
      object('A container after defaulting.', {
        name: text('Name.'),
        type: closed(['init', 'sidecar', 'work'], 'What it is.'),
        requests: amounts,
        limits: amounts,
      }),
      'All containers.',
    ),
    reservedForInitOnly: amounts,
    admission: ref('Admission'),
    warnings: list({ type: 'string' }, 'Sentences for people.'),
  }),
  Admission: object('Whether the API server would let it in.', {
    allowed: flag('Whether.'),
    errors: list(
      object('One offence.', {
        source: open(['LimitRanger', 'ResourceQuota', 'Priority', 'RuntimeClass'], 'The admission plugin.'),
        object: text('The object that it offends.'),
        message: text("The API server's sentence."),
      }),
      'Offences.',
    ),
  }),
  EffectiveAnswer: answer('What each pod of the body really asks for.', {
    items: list(ref('EffectiveItem'), 'In body order.'),
  }),
  FitAnswer: answer(
    'Whether and where one pod fits.',
    {
      subject,
      node: nullable(
        text('The best node; null when there is none. A prediction: the scheduler breaks ties at random.'),
      ),
      message: nullable(text("kube-scheduler's sentence when nothing fits.")),
      eventMessage: nullable(
        text("The whole sentence of the cluster's event, with `explain` other than summary or `preemption`."),
      ),
      requests: amounts,
      nodeCounts: object('Nodes.', { total: integer('All.'), feasible: integer('Those that can take it.') }),
      candidates: list(
        object('A node that can take it.', {
          node: text('Name.'),
          score: integer('Total.'),
          scores: map({ type: 'integer' }, 'Weighted, by plugin.'),
          freeAfter: amounts,
        }),
        'Best first, then by name.',
      ),
      tied: integer('Nodes that share the top score.'),
      rejected: list(
        object(
          'A node that cannot.',
          {
            node: text('Name.'),
            plugin: text('The first plugin to fail; empty when the pod names the nodes it may go to.'),
            code: closed(['Unschedulable', 'UnschedulableAndUnresolvable'], 'With the first, preemption may help.'),
            reasons: list({ type: 'string' }, "kube-scheduler's reasons."),
            all: list(ref('Failure'), 'With `explain: all`.'),
          },
          ['all'],
        ),
        'With `explain: nodes` or `all`.',
      ),
      rejectedGroups: list(
        object(
          'Nodes rejected for one reason.',
          {
            plugin: text('Plugin.'),
            reason: text('Reason.'),
            reasonCode: open(['InsufficientResource'], 'The reason for programs.'),
            resource: text('Resource, where it is about one.'),
            nodes: integer('How many.'),
            examples: list({ type: 'string' }, 'Some of them.'),
          },
          ['resource'],
        ),
        'Most nodes first.',
      ),
      funnel: list(
        object('One plugin, in order.', {
          plugin: text('Name.'),
          rejected: integer('Nodes that it is the first to reject.'),
          remaining: integer('Nodes left after it.'),
        }),
        'How nodes fall away.',
      ),
      blockers: list(
        object('One plugin.', {
          plugin: text('Name.'),
          first: integer('Nodes on which it is the first to fail.'),
          any: integer('Nodes on which it fails.'),
          only: integer('Nodes on which nothing else fails.'),
        }),
        'With `explain: all`.',
      ),
      preemption: object('With `preemption`, when nothing fits otherwise.', {
        node: nullable(text('Where room can be made; null: nowhere.')),
        victims: list({ type: 'string' }, podName),
        message: nullable(text("The whole sentence of the cluster's event.")),
      }),
      remedies: list(
        object('A change that makes it fit, tried.', {
          kind: open(
            ['lowerRequest', 'addToleration', 'relaxSelector', 'relaxSpread', 'freePods', 'uncordon', 'addNode'],
            'What changes.',
          ),
          whatIf: list({ type: 'object', additionalProperties: true }, 'Operations that, sent back, give a yes.'),
          node: nullable(text('The node that then takes it.')),
          sentence: text('In words.'),
        }),
        'With `explain: all`, when nothing fits: cheapest first.',
      ),
      admission: ref('Admission'),
    },
    ['rejected', 'blockers', 'preemption'],
  ),
  Failure: object(
    'One failing plugin on one node.',
    {
      plugin: text('Name.'),
      reasonCode: open(['InsufficientResource'], 'The reason for programs.'),
      reasons: list({ type: 'string' }, "kube-scheduler's reasons."),
      shortfall: amounts,
      details: list(
        { type: 'object', additionalProperties: true },
        'The taint, the port and its holder, the term, the domain …',
      ),
    },
    ['shortfall', 'details'],
  ),
  FitAcrossAnswer: answer('Which clusters would take it.', {
    clusters: list(object('One cluster.', { cluster: text('Name.'), answer: ref('FitAnswer') }), 'Best first.'),
  }),
  CapacityAnswer: answer(
    'How many more fit.',
    {
      subject,
      replicas: integer('Replicas placed.'),
      limitedBy: open(['nodes', 'quota', 'admission', 'max'], 'What ended it; `admission`: a LimitRange.'),
      message: nullable(text('Why the next one does not fit; null at `max`.')),
      nodeReplicas: map({ type: 'integer' }, 'Replicas by node.'),
      nodeSequence: list({ type: 'string' }, 'With `sequence`: nodes in order of placement.'),
      preemption: evictions,
      requested: integer('With `replicas`: how many were asked for.'),
      remaining: integer('With `replicas`: how many of them do not fit.'),
      rounds: integer('With `mix`: whole rounds.'),
      mix: list({ type: 'object', additionalProperties: true }, 'With `mix`: replicas of each template.'),
      admission: ref('Admission'),
    },
    ['nodeSequence', 'preemption', 'requested', 'remaining', 'rounds', 'mix'],
  ),
  SimulateAnswer: answer(
    'Whether all of it fits together.',
    {
      requested: integer('Pods to place.'),
      placed: integer('Pods placed.'),
      remaining: integer('Pods that fit nowhere.'),
      existing: integer('Running pods of the workloads.'),
      placements: list(
        object('A pod and its node.', { pod: text(podName), node: text('Node.') }),
        'In the order of placement.',
      ),
      failures: list(
        object('A pod that fits nowhere.', { pod: text(podName), message: text("kube-scheduler's sentence.") }),
        'In order; the first 10,000, a warning says when there are more.',
      ),
      preemption: evictions,
      admission: ref('Admission'),
      allocation: object('The cluster before and after.', { before: allocation, after: allocation }),
    },
    ['preemption'],
  ),
  PendingAnswer: answer('Pending pods by reason.', {
    pending: integer('How many.'),
    groups: list(
      object('Pods pending for one reason.', {
        stage: open(['gated', 'schedulable', 'unscheduled', 'nominated', 'notEvaluated'], 'Where they stand.'),
        message: text('Why.'),
        count: integer('How many.'),
        examples: list({ type: 'string' }, podName),
        requests: amounts,
      }),
      'Most pods first.',
    ),
  }),
  ExplanationAnswer: answer('Where a stored pod stands, and why.', {
    pod: text(podName),
    stage: open(
      [
        'gated',
        'schedulable',
        'unscheduled',
        'nominated',
        'notEvaluated',
        'boundNotStarted',
        'running',
        'terminating',
        'finished',
        'orphan',
      ],
      'Where it stands.',
    ),
    sentence: text('In words.'),
    node: nullable(text('Its node.')),
    condition: nullable(
      object("The cluster's own PodScheduled condition.", {
        type: text('`PodScheduled`'),
        status: text('True or False.'),
        reason: text('Reason.'),
        message: text('Message.'),
      }),
    ),
    fit: { ...nullable(ref('FitAnswer')), description: 'What `fit` says of it now; null where that is no question.' },
  }),
  LifecycleAnswer: object(
    'The start sequence of every pod in the body (`items`), or what a change restarts (`change`).',
    {
      items: list(startSequence, 'With a manifest: one for each pod or pod template, in order.'),
      change: changeEffect,
      warnings: list({ type: 'string' }, 'What the API server would warn of.'),
    },
    ['items', 'change'],
  ),
  Reservation: reservation,
  ReservationList: pageOf(ref('Reservation'), 'Reservations, by id.'),
  ReservationsAnswer: object('What was claimed.', {
    revision,
    items: list(
      object(
        'One pod.',
        {
          id: nullable(text('Id of the reservation; null when refused.')),
          pod: text(podName),
          node: nullable(text('The node claimed; null when refused.')),
          status: open(['granted', 'refused'], 'Outcome.'),
          expiresAt: nullable(text('ISO 8601 UTC.', { format: 'date-time' })),
          message: text('Why it was refused.'),
          shortfall: map({ type: 'string' }, 'What the roomiest node (or the given one) is short of.'),
          admission: ref('Admission'),
        },
        ['message', 'shortfall', 'admission'],
      ),
      'One a pod, in order.',
    ),
    notEvaluated,
    warnings: list({ type: 'string' }, 'About the manifests.'),
  }),
  Operation: object(
    'A long question under way or ended.',
    {
      id: text('Its name.'),
      cluster: text('The cluster that is asked.'),
      question: open(['effective', 'fit', 'capacity', 'simulate', 'pending'], 'Which question.'),
      status: closed(['running', 'succeeded', 'failed', 'cancelled'], 'How it stands.'),
      progress: object('How far it is; 0 of 0 before that is known.', {
        done: integer('Done.'),
        total: integer('The whole.'),
      }),
      revision,
      expiresAt: nullable(text('When it is forgotten, ISO 8601 UTC; null while it runs.', { format: 'date-time' })),
      result: { type: 'object', description: 'The answer, once it has succeeded.', additionalProperties: true },
      error: ref('Problem'),
    },
    ['result', 'error'],
  ),
  ChangesPage: object('What changed, in order.', {
    items: list(
      object('One change.', {
        revision: integer('Its revision.'),
        sequence: integer('Position within the revision, from 0.'),
        type: closed(['ADDED', 'MODIFIED', 'DELETED'], 'What happened.'),
        group: text('API group; `stowage` for reservations and settings.'),
        kind: text('Kind.'),
        namespace: text('Namespace; empty for none.'),
        name: text('Name.'),
        at: text('ISO 8601 UTC.', { format: 'date-time' }),
        data: nullable({
          type: 'object',
          description:
            'What it takes to replay claims. Node: `allocatable`; Pod: `node`, `occupies`, `requests`; Reservation: `pod`, `node`, `status`, `requests`. cpu in millicores, everything else in base units. Null for anything else.',
          additionalProperties: true,
        }),
      }),
      'Oldest first.',
    ),
    nextCursor: text('Where to go on, also when nothing has happened since.'),
    revision,
  }),
} satisfies Record<string, Schema>;

export type SchemaName = keyof typeof schemas;
