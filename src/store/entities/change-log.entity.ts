import { Entity } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** One object's change within one revision. */
@Entity('change_log', { withoutRowid: true })
export class ChangeLogEntity {
  @Integer({ key: true }) cluster_id!: number;
  @BigInteger({ key: true }) revision!: number;
  /** Position within the revision, from 0. */
  @Integer({ key: true }) sequence!: number;
  @Text() type!: string;
  @Text() api_group!: string;
  @Text() kind!: string;
  @Text() namespace!: string;
  @Text() name!: string;
  @Text() at!: string;
  /** Pods and reservations: whose requests count. */
  @Integer({ nullable: true }) class_id!: number | null;
  /** JSON text, see `change-log.ts`. */
  @Text({ nullable: true }) data!: string | null;
}
