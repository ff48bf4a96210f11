import { Entity } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

@Entity('node', { withoutRowid: true })
export class NodeEntity {
  @Integer({ key: true }) cluster_id!: number;
  @Text({ key: true }) name!: string;
  @BigInteger() revision!: number;
  @Text() hash!: string;
  /** JSON text of metadata.labels. */
  @Text({ nullable: true }) labels!: string | null;
  @Integer() unschedulable!: number;
  @BigInteger() manifest_id!: number;
}
