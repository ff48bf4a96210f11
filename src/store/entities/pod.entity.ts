import { Entity } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** The narrow row of a pod: a `PodRecord` whose shape and shared labels are in `pod_class`. Booting reads only this. */
@Entity('pod', { withoutRowid: true })
export class PodEntity {
  @Integer({ key: true }) cluster_id!: number;
  @Text({ key: true }) namespace!: string;
  @Text({ key: true }) name!: string;
  @BigInteger() revision!: number;
  @Text() hash!: string;
  @BigInteger() manifest_id!: number;
  @Integer() class_id!: number;
  @Text() node_name!: string;
  @Text({ nullable: true }) own_labels!: string | null;
  /** `PodFlag` bits. */
  @Integer() flags!: number;
  /** Milliseconds since the epoch. */
  @BigInteger({ nullable: true }) start_time!: number | null;
  @BigInteger({ nullable: true }) creation_time!: number | null;
  @Text() nominated_node_name!: string;
}
