import { Entity } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** Every stored object that is neither Node nor Pod. */
@Entity('object', { withoutRowid: true })
export class ObjectEntity {
  @Integer({ key: true }) cluster_id!: number;
  @Text({ key: true }) api_group!: string;
  @Text({ key: true }) kind!: string;
  @Text({ key: true }) namespace!: string;
  @Text({ key: true }) name!: string;
  @BigInteger() revision!: number;
  @Text() hash!: string;
  @Text({ nullable: true }) labels!: string | null;
  /** 1: the cluster model keeps it, so booting reads its manifest. */
  @Integer() modelled!: number;
  @BigInteger() manifest_id!: number;
}
