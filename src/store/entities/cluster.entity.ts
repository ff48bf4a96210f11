import { Entity, PrimaryGeneratedColumn } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** One cluster and its counter. The row outlives the cluster, so that a name's revision never goes back. */
@Entity('cluster')
export class ClusterEntity {
  @PrimaryGeneratedColumn({ type: 'integer' }) id!: number;
  @Text({ unique: true }) name!: string;
  @Text() description!: string;
  /** KubeSchedulerConfiguration, JSON text. */
  @Text({ nullable: true }) scheduler!: string | null;
  @BigInteger() revision!: number;
  @Text({ nullable: true }) as_of!: string | null;
  /** 1: the cluster was deleted, its name is free. */
  @Integer() deleted!: number;
  /** Changes up to and including this revision are compacted. */
  @BigInteger() log_floor!: number;
  /** Number of manifest ids given out so far. */
  @BigInteger() manifests!: number;
}
