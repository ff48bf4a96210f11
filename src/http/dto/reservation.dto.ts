import { FreshnessQuery } from './cluster.dto.js';
import type { ReservationStatus } from '../../store/store.js';
import { Anything, Flag, Integer, Nested, NestedList, Text, Word } from './members.js';

const TTL = { minimum: 1, maximum: 31_536_000 };

export class ReservationItemDto {
  @Anything({ description: 'A Pod, or anything that holds a pod template.', required: true })
  manifest!: unknown;

  @Text({
    description: 'The only node that will do. Default: the best one, chosen and claimed in one step.',
    maxLength: 253,
  })
  node?: string;

  @Integer({ description: 'How many pods. Default: the replicas of the manifest.', minimum: 1, maximum: 10_000 })
  count?: number;
}

export class ConsumedByDto {
  @Text({ description: 'Namespace of the pods.', required: true, maxLength: 63 })
  namespace!: string;

  @Text({ description: "kubectl's label selector syntax.", required: true })
  labelSelector!: string;
}

export class ReservationsRequest {
  @NestedList(
    () => ReservationItemDto,
    () => [ReservationItemDto],
    { description: 'What room is wanted for.', required: true },
    ([Class]) => ({ type: Class }),
  )
  items!: ReservationItemDto[];

  @Flag({ description: 'All or none. Otherwise each item has its own outcome.', default: false })
  gang?: boolean;

  @Integer({ description: 'Seconds until it expires.', ...TTL, default: 600 })
  ttlSeconds?: number;

  @Text({ description: 'Who claims, in their own words.', maxLength: 253, example: 'team-a' })
  owner?: string;

  @Nested(() => ConsumedByDto, {
    description:
      'Pods that consume a reservation when they are imported with a node, one each, besides the one of its name.',
  })
  consumedBy?: ConsumedByDto;

  @Text({ description: 'Namespace of manifests that name none.', maxLength: 63, default: 'default' })
  namespace?: string;
}

export class RenewRequest {
  @Integer({ description: 'Seconds from now until it expires.', required: true, ...TTL })
  ttlSeconds!: number;
}

export class ReservationListQuery extends FreshnessQuery {
  @Integer({ description: 'Items on one page.', minimum: 1, maximum: 1000, default: 100 })
  limit?: number;

  @Text({ description: '`nextCursor` of the page before.', maxLength: 2000 })
  cursor?: string;

  @Word(['granted', 'released', 'expired', 'lost', 'consumed'], { description: 'Only those in this state.' })
  status?: ReservationStatus;
}

export class ChangesQuery extends FreshnessQuery {
  @Text({ description: '`nextCursor` of the page before, or the `id` of a server-sent event.', maxLength: 100 })
  cursor?: string;

  @Integer({
    description:
      'In place of a cursor: what changed after this revision, such as the `Cluster-Revision` of a snapshot.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  })
  sinceRevision?: number;

  @Integer({ description: 'Items on one page.', minimum: 1, maximum: 1000, default: 100 })
  limit?: number;
}
