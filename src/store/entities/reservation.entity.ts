import { Entity, Index } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

@Entity('reservation')
// Not led by cluster_id: without statistics PostgreSQL would take it, instead of the primary key, to find one reservation.
@Index('reservation_due', ['status', 'expires_at'])
export class ReservationEntity {
  @Integer({ key: true }) cluster_id!: number;
  @Text({ key: true }) id!: string;
  @Text() namespace!: string;
  @Text() pod_name!: string;
  @Text() node!: string;
  @Text() status!: string;
  @Text() owner!: string;
  /** ISO 8601 UTC, as the other times. */
  @Text() created_at!: string;
  @Text() expires_at!: string;
  @Text({ nullable: true }) ended_at!: string | null;
  @BigInteger() revision!: number;
  @Text() manifest!: string;
  /** JSON text of `{ namespace, labelSelector }`. */
  @Text({ nullable: true }) consumed_by!: string | null;
  @Text({ nullable: true }) consumed_by_pod!: string | null;
  /** What it occupies: a `pod_class` and the rest of the `PodRecord` as JSON text. Null once it has ended. */
  @Integer({ nullable: true }) class_id!: number | null;
  @Text({ nullable: true }) record!: string | null;
}
