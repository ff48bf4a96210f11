/** Requests of the questions (API.md 4). Scalar members may be query parameters when the body is a manifest. */
import { Anything, Flag, Integer, Nested, NestedList, Text, TextList, Word } from './members.js';
import { FreshnessQuery } from './cluster.dto.js';
import { operationClass, operationClasses, operationsSchema, WorkloadRefDto } from './what-if.dto.js';

const MANIFEST = { description: 'A Pod, or anything that holds a pod template; one, a List, or an array of them.' };

/** What every question takes besides its own: how manifests are read, what the answer has to be. */
export class AskOptions extends FreshnessQuery {
  @Text({ description: 'Namespace of manifests that name none.', maxLength: 63, default: 'default' })
  namespace?: string;

  @Word(['Ignore', 'Warn', 'Strict'], {
    description: 'What becomes of fields that Kubernetes does not know.',
    default: 'Warn',
  })
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';

  @Word(['string', 'integer'], {
    description: 'Amounts as Kubernetes strings, or as integers: cpu in millicores, everything else in base units.',
    default: 'string',
  })
  quantities?: 'string' | 'integer';

  @Word(['yes'], { description: 'Any other verdict becomes 409 `requirement_not_met` with the answer under `answer`.' })
  require?: 'yes';

  @Flag({
    description: 'A body or selection without anything to evaluate is answered instead of refused.',
    default: false,
  })
  allowEmpty?: boolean;
}

export class WhatIfOptions extends AskOptions {
  @NestedList(
    operationClass,
    () => operationClasses,
    { description: 'Changes made, in order, to a private copy of the cluster before the question is asked of it.' },
    operationsSchema,
  )
  whatIf?: object[];

  @Word(['count', 'ignore'], { description: 'Whether reserved room is taken.', default: 'count' })
  reservations?: 'count' | 'ignore';

  @Word(['ignore', 'first'], { description: 'Whether other pending pods are placed first.', default: 'ignore' })
  pending?: 'ignore' | 'first';

  @Flag({ description: 'Whether the room of pods of lower priority counts, by preemption.', default: false })
  preemption?: boolean;

  @Word(['enforce', 'ignore'], {
    description: 'Whether quotas bound `capacity` and `simulate`; never the verdict of `fit`.',
    default: 'enforce',
  })
  admission?: 'enforce' | 'ignore';
}

/** `POST /v1/effective`: no cluster, nothing of one to demand. */
export class EffectiveOptions {
  @Anything(MANIFEST)
  manifest?: unknown;

  @Text({ description: 'Namespace of manifests that name none.', maxLength: 63, default: 'default' })
  namespace?: string;

  @Word(['Ignore', 'Warn', 'Strict'], {
    description: 'What becomes of fields that Kubernetes does not know.',
    default: 'Warn',
  })
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';

  @Word(['string', 'integer'], {
    description: 'Amounts as Kubernetes strings, or as integers: cpu in millicores, everything else in base units.',
    default: 'string',
  })
  quantities?: 'string' | 'integer';

  @Word(['yes'], { description: 'Any other verdict becomes 409 `requirement_not_met` with the answer under `answer`.' })
  require?: 'yes';

  @Flag({ description: 'A body without pods is answered instead of refused.', default: false })
  allowEmpty?: boolean;
}

export class EffectiveQuestion extends AskOptions {
  @Anything(MANIFEST)
  manifest?: unknown;

  @Nested(() => WorkloadRefDto, { description: 'A stored workload or pod, in place of a manifest.' })
  workload?: WorkloadRefDto;

  @Word(['enforce', 'ignore'], { description: 'Whether admission is judged.', default: 'enforce' })
  admission?: 'enforce' | 'ignore';
}

export class SubjectOptions extends WhatIfOptions {
  @Anything({ description: 'A Pod, or anything that holds a pod template.' })
  manifest?: unknown;

  @Nested(() => WorkloadRefDto, { description: 'A stored workload or pod, in place of a manifest.' })
  workload?: WorkloadRefDto;

  @Flag({ description: 'Honour `spec.nodeName` of a Pod instead of ignoring it.', default: false })
  keepNodeName?: boolean;
}

export class FitQuestion extends SubjectOptions {
  @Integer({ description: 'How many candidates are listed.', minimum: 0, maximum: 20_000, default: 10 })
  candidateLimit?: number;

  @Word(['summary', 'nodes', 'all'], {
    description:
      '`nodes` adds the first failing plugin of every node, `all` every failing plugin with shortfalls, and remedies.',
    default: 'summary',
  })
  explain?: 'summary' | 'nodes' | 'all';

  @TextList({ description: "Report on these nodes only; the verdict is still the cluster's.", example: ['node-3'] })
  nodes?: string[];
}

export class FitAcrossQuestion extends FitQuestion {
  @TextList({ description: 'Clusters asked; default all.' })
  clusters?: string[];
}

export class MixItemDto {
  @Anything({ description: 'A Pod, or anything that holds a pod template.', required: true })
  manifest!: unknown;

  @Integer({ description: 'Replicas a round.', minimum: 1, maximum: 10_000, default: 1 })
  weight?: number;
}

export class CapacityQuestion extends SubjectOptions {
  @NestedList(
    () => MixItemDto,
    () => [MixItemDto],
    { description: 'Several templates placed in rounds, in place of one subject.' },
    ([Class]) => ({ type: Class }),
  )
  mix?: MixItemDto[];

  @Integer({ description: 'Stop at so many.', minimum: 0, maximum: 1_000_000, default: 1_000_000 })
  max?: number;

  @Integer({ description: 'Ask whether so many fit.', minimum: 0, maximum: 1_000_000 })
  replicas?: number;

  @Flag({ description: 'Give `nodeSequence`: the nodes in the order in which replicas take them.', default: false })
  sequence?: boolean;
}

export class SimulateQuestion extends WhatIfOptions {
  @Anything({ description: 'Manifests: one, a List, or an array of them.' })
  manifests?: unknown;

  @NestedList(
    () => WorkloadRefDto,
    () => [WorkloadRefDto],
    { description: 'Stored workloads, beside or in place of manifests.' },
    ([Class]) => ({ type: Class }),
  )
  workloads?: WorkloadRefDto[];

  @Word(['spec', 'hpaMax'], {
    description: "`hpaMax` takes the stored HorizontalPodAutoscaler's maximum for the replicas.",
    default: 'spec',
  })
  replicas?: 'spec' | 'hpaMax';

  @Word(['delta', 'replace', 'add'], {
    description: 'What becomes of running pods of the same owner: they stay, go first, or stay beside all new ones.',
    default: 'delta',
  })
  existing?: 'delta' | 'replace' | 'add';

  @Flag({ description: 'All or none.', default: false })
  gang?: boolean;
}

export class LifecycleRequest {
  @Anything({ description: 'A Pod, or anything that holds a pod template; alone.' })
  manifest?: unknown;

  @Anything({ description: 'The manifest before the change.' })
  from?: unknown;

  @Anything({ description: 'The manifest after the change, of the same kind.' })
  to?: unknown;

  @Text({ description: 'Namespace of manifests that name none.', maxLength: 63, default: 'default' })
  namespace?: string;

  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}

export class PendingQuery extends FreshnessQuery {
  @Text({ description: 'Only this namespace.', maxLength: 63 })
  namespace?: string;

  @Text({ description: "Only pods that match: kubectl's label selector syntax." })
  labelSelector?: string;

  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}

export class ExplanationQuery extends FreshnessQuery {
  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}
