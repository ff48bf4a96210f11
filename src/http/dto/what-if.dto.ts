/** What-if operations (API.md 4), applied in order to a private copy of the cluster. */
import { getSchemaPath } from '@nestjs/swagger';
import { Anything, Integer, Nested, Text, TextList, Word, type DtoClass } from './members.js';

const NAMES = { description: 'Names of the objects meant.' };
const SELECTOR = { description: 'Label selector of the objects meant, in place of names.' };

export class WorkloadRefDto {
  @Text({ description: 'API group; may be left out.', example: 'apps', maxLength: 253 })
  group?: string;

  @Text({ description: 'Kind.', required: true, example: 'Deployment', maxLength: 63 })
  kind!: string;

  @Text({ description: 'Namespace.', required: true, example: 'default', maxLength: 63 })
  namespace!: string;

  @Text({ description: 'Name.', required: true, example: 'web', maxLength: 253 })
  name!: string;
}

export class AddNodesDto {
  @Word(['addNodes'], { description: 'The operation.', required: true })
  op!: 'addNodes';

  @Integer({ description: 'How many.', minimum: 1, maximum: 100_000, default: 1 })
  count?: number;

  @Text({ description: 'Name of a stored node to copy.', maxLength: 253 })
  like?: string;

  @Anything({ description: 'A Node manifest to copy.' })
  node?: unknown;

  @Text({ description: 'Name of a machine shape from the catalogue.', maxLength: 253 })
  shape?: string;
}

export class RemoveNodesDto {
  @Word(['removeNodes'], { description: 'The operation.', required: true })
  op!: 'removeNodes';

  @TextList(NAMES)
  names?: string[];

  @Text(SELECTOR)
  labelSelector?: string;

  @Word(['pending', 'remove'], {
    description: 'What becomes of their pods; those of DaemonSets and mirror pods go with the node.',
    default: 'pending',
  })
  pods?: 'pending' | 'remove';
}

export class CordonDto {
  @Word(['cordon', 'uncordon'], { description: 'The operation.', required: true })
  op!: 'cordon' | 'uncordon';

  @TextList(NAMES)
  names?: string[];

  @Text(SELECTOR)
  labelSelector?: string;
}

export class PatchNodesDto {
  @Word(['patchNodes'], { description: 'The operation.', required: true })
  op!: 'patchNodes';

  @TextList(NAMES)
  names?: string[];

  @Text(SELECTOR)
  labelSelector?: string;

  @Anything({ description: 'Merge patch (RFC 7396) of each Node.', required: true })
  patch!: unknown;
}

export class AddPodsDto {
  @Word(['addPods'], { description: 'The operation.', required: true })
  op!: 'addPods';

  @Anything({ description: 'A Pod, or what holds a pod template.', required: true })
  manifest!: unknown;

  @Integer({ description: 'How many; default: the replicas of the manifest.', minimum: 0, maximum: 1_000_000 })
  count?: number;

  @Text({ description: 'Put them on this node, fitting or not; default: where each fits best.', maxLength: 253 })
  node?: string;
}

export class RemovePodsDto {
  @Word(['removePods'], { description: 'The operation.', required: true })
  op!: 'removePods';

  @Text({ description: 'Namespace; default: all for a selector, `default` for names.', maxLength: 63 })
  namespace?: string;

  @TextList(NAMES)
  names?: string[];

  @Text(SELECTOR)
  labelSelector?: string;
}

export class ScaleWorkloadDto {
  @Word(['scaleWorkload'], { description: 'The operation.', required: true })
  op!: 'scaleWorkload';

  @Nested(() => WorkloadRefDto, { description: 'A stored workload.', required: true })
  workload!: WorkloadRefDto;

  @Integer({ description: 'Replicas it then has.', required: true, minimum: 0, maximum: 1_000_000 })
  replicas!: number;
}

export class PatchSubjectDto {
  @Word(['patchSubject'], { description: 'The operation.', required: true })
  op!: 'patchSubject';

  @Anything({ description: 'Merge patch (RFC 7396) of the subject.', required: true })
  patch!: unknown;
}

export class ImportDto {
  @Word(['import'], { description: 'The operation.', required: true })
  op!: 'import';

  @Anything({ description: 'Manifests: one, a List, or an array.', required: true })
  manifests!: unknown;
}

const operations = new Map<unknown, DtoClass>([
  ['addNodes', AddNodesDto],
  ['removeNodes', RemoveNodesDto],
  ['cordon', CordonDto],
  ['uncordon', CordonDto],
  ['patchNodes', PatchNodesDto],
  ['addPods', AddPodsDto],
  ['removePods', RemovePodsDto],
  ['scaleWorkload', ScaleWorkloadDto],
  ['patchSubject', PatchSubjectDto],
  ['import', ImportDto],
]);

export const operationClasses = [...new Set(operations.values())];

export function operationClass(value: Record<string, unknown>): DtoClass | undefined {
  return operations.get(value['op']);
}

export const operationsSchema = (classes: readonly DtoClass[]): object => ({
  type: 'array',
  items: { oneOf: classes.map((Class) => ({ $ref: getSchemaPath(Class) })) },
});
