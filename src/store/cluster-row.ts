/** The `cluster` table's rows as the store reads them. */
import type { SqlRow } from './rows.js';

export interface ClusterRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  /** JSON text. */
  readonly scheduler: string | null;
  readonly revision: number;
  readonly asOf: string | null;
  readonly deleted: boolean;
  readonly logFloor: number;
  readonly manifests: number;
}

export const CLUSTER_COLUMNS = 'id, name, description, scheduler, revision, as_of, deleted, log_floor, manifests';

export function readClusterRow(row: SqlRow): ClusterRow {
  const [id, name, description, scheduler, revision, asOf, deleted, logFloor, manifests] = row;
  return {
    id: Number(id),
    name: String(name),
    description: String(description),
    scheduler: scheduler as string | null,
    revision: Number(revision),
    asOf: asOf as string | null,
    deleted: deleted === 1,
    logFloor: Number(logFloor),
    manifests: Number(manifests),
  };
}
