/**
 * How a pod starts and ends, stage by stage: what runs, what that uses of what is reserved, what `kubectl describe` shows
 * meanwhile, what a failure does (SEMANTICS 12; kubelet `status/generate.go`, `kuberuntime/kuberuntime_manager.go`).
 */
import { effectiveRequests, isSidecar, type ContainerType } from '../effective.js';
import { qosClass } from '../qos.js';
import type { Quantity } from '../quantity.js';
import type { Container, Pod, PodSpec, ResourceList } from '../types.js';

/** Amounts as an answer shows them: canonical texts, or what the caller's `format` makes of them. */
export type ShownAmounts = Readonly<Record<string, string | number>>;
export type FormatAmounts = (amounts: ResourceList) => ShownAmounts;

export const canonicalAmounts: FormatAmounts = (amounts) =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, amount.toString()]));

export interface RunningContainer {
  readonly name: string;
  readonly type: ContainerType;
}

export interface InitializedCondition {
  readonly status: 'True' | 'False';
  readonly reason: string | null;
  readonly message: string | null;
}

/** What one container's failure does. */
export interface FailureEffect {
  readonly effect: 'retried' | 'podFails' | 'stays terminated';
  readonly sentence: string;
}

export interface LifecycleStage {
  /** `prepare` (sandbox, network, volumes), `init`, `sidecar`, `work`. */
  readonly stage: 'prepare' | 'init' | 'sidecar' | 'work';
  /** Containers that this stage starts; all app containers together. */
  readonly starts: readonly string[];
  /** Everything that runs during the stage, in start order. */
  readonly running: readonly RunningContainer[];
  /** When the next stage begins; null for the last. */
  readonly endsWhen: string | null;
  /** Requests of what runs, plus overhead. */
  readonly inUse: ShownAmounts;
  /** Held on the node from binding to the pod's end, whatever runs. */
  readonly reserved: ShownAmounts;
  /** reserved − inUse, where that is positive: held and not asked for by anything that runs. */
  readonly idle: ShownAmounts;
  readonly phase: 'Pending' | 'Running';
  readonly initialized: InitializedCondition;
  /** As `kubectl get pods` shows it. */
  readonly kubectlStatus: string;
  /** Null for `prepare`. */
  readonly onFailure: FailureEffect | null;
}

export interface StartSequence {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly restartPolicy: string;
  readonly qosClass: string;
  readonly stages: readonly LifecycleStage[];
  /** What a failing plain init container does, by the pod's restartPolicy: the pod's own and the others. */
  readonly initFailure: Readonly<Record<'Always' | 'OnFailure' | 'Never', FailureEffect>>;
  /** One after another, within one grace period. */
  readonly termination: {
    readonly gracePeriodSeconds: number;
    readonly steps: readonly { readonly stops: readonly string[]; readonly sentence: string }[];
  };
  /** When init containers run again: why their code must be idempotent. */
  readonly initRunsAgain: readonly string[];
  readonly notes: readonly string[];
}

export interface StartSequenceOptions {
  /** Of the workload whose pod this is; default the pod's own. */
  readonly kind?: string;
  readonly name?: string;
  readonly format?: FormatAmounts;
}

/** @param pod defaulted (`defaultPod`) */
export function startSequence(pod: Pod, options: StartSequenceOptions = {}): StartSequence {
  const { spec, metadata } = pod;
  return {
    kind: options.kind ?? 'Pod',
    namespace: metadata.namespace,
    name: options.name ?? (metadata.name || (metadata.generateName ?? '')),
    restartPolicy: spec.restartPolicy,
    qosClass: qosClass(pod),
    stages: stagesOf(pod, options.format ?? canonicalAmounts),
    initFailure: {
      Always: initFailure('Always'),
      OnFailure: initFailure('OnFailure'),
      Never: initFailure('Never'),
    },
    termination: terminationOf(pod),
    initRunsAgain: spec.initContainers.some((container) => !isSidecar(container)) ? initRunsAgain : [],
    notes: notesOf(pod),
  };
}

function stagesOf(pod: Pod, format: FormatAmounts): LifecycleStage[] {
  const { spec } = pod;
  const reserved = effectiveRequests(pod);
  const stages: LifecycleStage[] = [];
  const add = (
    stage: Pick<
      LifecycleStage,
      'stage' | 'starts' | 'endsWhen' | 'phase' | 'initialized' | 'kubectlStatus' | 'onFailure'
    >,
    running: readonly (readonly [Container, ContainerType])[],
  ): void => {
    const inUse = sumOf([...running.map(([{ resources }]) => resources.requests), spec.overhead]);
    stages.push({
      stage: stage.stage,
      starts: stage.starts,
      running: running.map(([{ name }, type]) => ({ name, type })),
      endsWhen: stage.endsWhen,
      inUse: format(inUse),
      reserved: format(reserved),
      idle: format(idleOf(reserved, inUse)),
      phase: stage.phase,
      initialized: stage.initialized,
      kubectlStatus: stage.kubectlStatus,
      onFailure: stage.onFailure,
    });
  };

  const total = spec.initContainers.length;
  add(
    {
      stage: 'prepare',
      starts: [],
      endsWhen: 'the sandbox exists, the network is set up and all volumes are mounted',
      phase: 'Pending',
      initialized: initializedFrom(spec.initContainers),
      kubectlStatus: total === 0 ? 'ContainerCreating' : `Init:0/${total}`,
      onFailure: null,
    },
    [],
  );
  const sidecars: (readonly [Container, ContainerType])[] = [];
  for (const [index, container] of spec.initContainers.entries()) {
    const sidecar = isSidecar(container);
    const beside = [...sidecars];
    const itself = [container, sidecar ? 'sidecar' : 'init'] as const;
    if (sidecar) sidecars.push(itself);
    add(
      {
        stage: sidecar ? 'sidecar' : 'init',
        starts: [container.name],
        endsWhen: endOf(container),
        phase: 'Pending',
        initialized: initializedFrom(spec.initContainers.slice(index)),
        kubectlStatus: `Init:${index}/${total}`,
        onFailure: sidecar ? sidecarFailure : failureOf(container, spec.restartPolicy),
      },
      [...beside, itself],
    );
  }
  add(
    {
      stage: 'work',
      starts: spec.containers.map(({ name }) => name),
      endsWhen: null,
      phase: 'Running',
      initialized: { status: 'True', reason: null, message: null },
      kubectlStatus: 'Running',
      onFailure: workFailure(spec),
    },
    [...sidecars, ...spec.containers.map((container) => [container, 'work'] as const)],
  );
  return stages;
}

function endOf(container: Container): string {
  if (!isSidecar(container)) return `${container.name} exits with code 0`;
  return container.startupProbe === undefined
    ? `${container.name} is started: its process runs`
    : `${container.name} is started: its process runs and its startupProbe has succeeded`;
}

/** The condition while these init containers are not done yet (sidecars: not started). */
function initializedFrom(incomplete: readonly Container[]): InitializedCondition {
  if (incomplete.length === 0) return { status: 'True', reason: null, message: null };
  const names = incomplete.map(({ name }) => name).join(' ');
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function initFailure(restartPolicy: string): FailureEffect {
  if (restartPolicy === 'Never') {
    return {
      effect: 'podFails',
      sentence:
        'the pod fails as a whole (phase Failed): no later container starts, sidecars are stopped; only a controller makes a new pod',
    };
  }
  return {
    effect: 'retried',
    sentence:
      'it is run again until it exits with code 0, after a back-off of 10 s that doubles up to 5 min; the pod stays Pending (Init:CrashLoopBackOff) and no later container starts',
  };
}

/** A restartPolicy of the container's own goes before the pod's; Always means OnFailure for what has to end. */
function failureOf(container: Container, podPolicy: string): FailureEffect {
  const failure = initFailure(container.restartPolicy ?? podPolicy);
  const rules = container.restartPolicyRules?.length ?? 0;
  if (rules === 0) return failure;
  return {
    ...failure,
    sentence: `unless one of its ${rules} restartPolicyRules matches the exit code: ${failure.sentence}`,
  };
}

const sidecarFailure: FailureEffect = {
  effect: 'retried',
  sentence:
    'it is restarted whatever restartPolicy the pod has, throughout the life of the pod; until it is started, no later container starts',
};

function workFailure({ restartPolicy, containers }: PodSpec): FailureEffect {
  const own = containers.filter((container) => container.restartPolicy !== undefined);
  const failure = workFailureOf(restartPolicy);
  if (own.length === 0) return failure;
  const exceptions = own.map((container) => {
    const rules = container.restartPolicyRules?.length ?? 0;
    const first = rules === 0 ? '' : `, after its ${rules} restartPolicyRules`;
    return `${container.name} (${container.restartPolicy}${first})`;
  });
  return {
    ...failure,
    sentence: `${failure.sentence}; a restartPolicy of the container's own goes first: ${exceptions.join(', ')}`,
  };
}

function workFailureOf(restartPolicy: string): FailureEffect {
  if (restartPolicy === 'Never') {
    return {
      effect: 'stays terminated',
      sentence:
        'the container is not restarted; once all app containers have ended the pod is Failed, and sidecars are stopped',
    };
  }
  return {
    effect: 'retried',
    sentence:
      'the container alone is restarted in place, with back-off (CrashLoopBackOff); init containers do not run again',
  };
}

function terminationOf({ spec }: Pod): StartSequence['termination'] {
  const steps = [
    {
      stops: spec.containers.map(({ name }) => name),
      sentence: 'app containers get their preStop hook and SIGTERM together',
    },
    ...spec.initContainers
      .filter(isSidecar)
      .map(({ name }) => ({
        stops: [name],
        sentence: 'a sidecar ends after all that started later; a non-zero exit code is normal here',
      }))
      .reverse(),
  ];
  return { gracePeriodSeconds: spec.terminationGracePeriodSeconds, steps };
}

const initRunsAgain: readonly string[] = [
  'the pod sandbox is made anew: the node was rebooted, the pause container ended, the network namespace was lost',
  'the pod is replaced: evicted, preempted, deleted, or rolled out by its controller; the new pod runs all of them',
  'an attempt failed half-way: it is repeated from its beginning, with what it has already written to volumes still there',
];

function notesOf({ spec }: Pod): string[] {
  const notes: string[] = [];
  if (spec.schedulingGates.length > 0) {
    notes.push(`the pod is not scheduled until its scheduling gates are removed: ${spec.schedulingGates.join(' ')}`);
  }
  if (spec.initContainers.length > 0) {
    notes.push(
      'the pod cannot be Ready before all init containers are done; their ports are not published by Services (those of sidecars may be)',
    );
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    notes.push(
      `activeDeadlineSeconds (${spec.activeDeadlineSeconds}) counts from the start of the pod, init containers included, and ends a healthy pod too`,
    );
  }
  if (spec.initContainers.some(isSidecar) && spec.restartPolicy !== 'Always') {
    notes.push('sidecars do not keep the pod from completing: they are stopped once all app containers have ended');
  }
  return notes;
}

function sumOf(lists: readonly ResourceList[]): ResourceList {
  const sum = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, amount] of list) sum.set(name, sum.get(name)?.add(amount) ?? amount);
  }
  return sum;
}

function idleOf(reserved: ResourceList, inUse: ResourceList): ResourceList {
  const idle = new Map<string, Quantity>();
  for (const [name, amount] of reserved) {
    const used = inUse.get(name);
    const rest = used === undefined ? amount : amount.sub(used);
    if (rest.sign() > 0) idle.set(name, rest);
  }
  return idle;
}
