import { Entity } from 'typeorm';
import { Integer, Text } from './columns.js';

/** What the pods of one template share. Interned under the cluster's lock: ids grow by one. */
@Entity('pod_class')
export class PodClassEntity {
  @Integer({ key: true }) cluster_id!: number;
  @Integer({ key: true }) id!: number;
  /** `PodRecord.shape`. */
  @Text() shape!: string;
}
