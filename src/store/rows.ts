/**
 * The tables as the prepared statements of both databases see them: column names in row order, the first `key` of them
 * being the primary key. The drift test holds entities, migrations and this list together.
 */

export type SqlValue = string | number | null;
export type SqlRow = readonly SqlValue[];

export type ColumnType = 'text' | 'integer' | 'bigint';

export interface Table {
  readonly name: string;
  /** Number of leading columns that are the primary key. */
  readonly key: number;
  readonly columns: readonly string[];
  readonly types: readonly ColumnType[];
  /** A second row of the same key is an error, not a replacement. */
  readonly appendOnly: boolean;
}

function table(name: string, key: number, columns: string, appendOnly = false): Table {
  const pairs = columns.split(' ').map((column) => column.split(':') as [string, ColumnType]);
  return { name, key, appendOnly, columns: pairs.map(([column]) => column), types: pairs.map(([, type]) => type) };
}

export const tables = {
  node: table(
    'node',
    2,
    'cluster_id:integer name:text revision:bigint hash:text labels:text unschedulable:integer manifest_id:bigint',
  ),
  pod: table(
    'pod',
    3,
    'cluster_id:integer namespace:text name:text revision:bigint hash:text manifest_id:bigint class_id:integer ' +
      'node_name:text own_labels:text flags:integer start_time:bigint creation_time:bigint nominated_node_name:text',
  ),
  pod_class: table('pod_class', 2, 'cluster_id:integer id:integer shape:text', true),
  object: table(
    'object',
    5,
    'cluster_id:integer api_group:text kind:text namespace:text name:text revision:bigint hash:text labels:text ' +
      'modelled:integer manifest_id:bigint',
  ),
  manifest: table('manifest', 1, 'id:bigint body:text'),
  manifest_stage: table('manifest_stage', 1, 'first_id:bigint cluster_id:integer size:integer at:text', true),
  reservation: table(
    'reservation',
    2,
    'cluster_id:integer id:text namespace:text pod_name:text node:text status:text owner:text created_at:text ' +
      'expires_at:text ended_at:text revision:bigint manifest:text consumed_by:text consumed_by_pod:text ' +
      'class_id:integer record:text',
  ),
  change_log: table(
    'change_log',
    3,
    'cluster_id:integer revision:bigint sequence:integer type:text api_group:text kind:text namespace:text name:text ' +
      'at:text class_id:integer data:text',
    true,
  ),
  idempotency: table(
    'idempotency',
    2,
    'scope:text key:text cluster_id:integer fingerprint:text revision:bigint response:text at:text',
  ),
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** Manifest ids of one cluster are a range of their own: 2^33 manifests for each of 2^20 clusters, all below 2^53. */
export const MANIFESTS_PER_CLUSTER = 2 ** 33;

/** The id of a cluster's `n`th manifest (from 0). Numbers are given out under the cluster's lock. */
export function manifestId(clusterId: number, n: number): number {
  return clusterId * MANIFESTS_PER_CLUSTER + n;
}
