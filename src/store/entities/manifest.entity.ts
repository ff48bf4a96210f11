import { Entity } from 'typeorm';
import { BigInteger, Integer, Text } from './columns.js';

/** Manifest JSON, apart from the narrow rows. Ids: `rows.ts`, `manifestId`. */
@Entity('manifest')
export class ManifestEntity {
  @BigInteger({ key: true }) id!: number;
  @Text() body!: string;
}

/** A block of manifest ids that a bulk write has filled and not yet committed; swept when its writer died. */
@Entity('manifest_stage')
export class ManifestStageEntity {
  @BigInteger({ key: true }) first_id!: number;
  @Integer() cluster_id!: number;
  @Integer() size!: number;
  /** ISO 8601 UTC. */
  @Text() at!: string;
}
