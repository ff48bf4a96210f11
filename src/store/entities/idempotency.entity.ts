import { Entity, Index } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** The first answer to an Idempotency-Key, written in the transaction of what it did. */
@Entity('idempotency')
@Index('idempotency_at', ['at'])
export class IdempotencyEntity {
  @Text({ key: true }) scope!: string;
  @Text({ key: true }) key!: string;
  @Integer() cluster_id!: number;
  @Text() fingerprint!: string;
  @BigInteger() revision!: number;
  @Text() response!: string;
  @Text() at!: string;
}
