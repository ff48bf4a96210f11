import { FreshnessQuery } from './cluster.dto.js';
import { Flag, Integer, Text, Word } from './members.js';

const FIELD_VALIDATION = {
  description: 'What becomes of fields that Kubernetes does not know: kept silently, reported as warnings, or refused.',
  default: 'Warn',
};

export class ListQuery extends FreshnessQuery {
  @Integer({ description: 'Items on one page.', minimum: 1, maximum: 1000, default: 100 })
  limit?: number;

  @Text({ description: '`nextCursor` of the page before.', maxLength: 2000 })
  cursor?: string;

  @Text({ description: "kubectl's label selector syntax.", example: 'app=web,tier in (front, edge),!canary' })
  labelSelector?: string;

  @Text({
    description:
      "kubectl's field selector syntax over metadata.name, metadata.namespace, spec.nodeName, status.phase, spec.unschedulable.",
    example: 'spec.nodeName=node-1,status.phase!=Succeeded',
  })
  fieldSelector?: string;
}

export class NodeListQuery extends ListQuery {
  @Text({ description: '`allocated` adds what the pods on each node ask for.', pattern: /^allocated$/ })
  include?: string;

  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}

export class PodListQuery extends ListQuery {
  @Text({ description: '`effective` adds what each pod asks for.', pattern: /^effective$/ })
  include?: string;

  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}

export class ObjectsQuery extends ListQuery {
  @Text({ description: 'Only this kind.', example: 'Deployment', maxLength: 100 })
  kind?: string;

  @Text({ description: 'Only this API group; `core` for the core group.', example: 'apps', maxLength: 100 })
  group?: string;

  @Text({ description: 'Only this namespace.', maxLength: 63 })
  namespace?: string;
}

export class GetQuery extends FreshnessQuery {
  @Text({
    description: '`effective` (Pods and templates) and `allocated` (Nodes) add a top-level `stowage` member.',
    pattern: /^(effective|allocated)(,(effective|allocated))*$/,
  })
  include?: string;

  @Word(['string', 'integer'], { description: 'Amounts as Kubernetes strings or as integers.', default: 'string' })
  quantities?: 'string' | 'integer';
}

export class WriteQuery {
  @Word(['Ignore', 'Warn', 'Strict'], FIELD_VALIDATION)
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export class ImportQuery extends WriteQuery {
  @Text({ description: 'Namespace of manifests that name none.', maxLength: 63, default: 'default' })
  namespace?: string;

  @Text({
    description: 'When the data was observed, RFC 3339. Default: now.',
    pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    maxLength: 40,
  })
  asOf?: string;

  @Word(['refuse', 'skip'], {
    description: 'One invalid object: store nothing, or store the rest and list it under `invalid`.',
    default: 'refuse',
  })
  onInvalid?: 'refuse' | 'skip';
}

export class SnapshotQuery extends ImportQuery {
  @Flag({ description: 'Store it also without nodes, or with fewer than half of the stored ones.', default: false })
  force?: boolean;

  @Text({ description: 'Replace these kinds only, separated by commas.', example: 'Node,Pod', maxLength: 1000 })
  kinds?: string;
}
