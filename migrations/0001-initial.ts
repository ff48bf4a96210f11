import type { MigrationInterface, QueryRunner } from 'typeorm';
import { table } from './schema.js';

/** Clusters, what they hold, reservations, the change log, idempotency keys. */
export class Initial1764000000001 implements MigrationInterface {
  readonly name = 'Initial1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    const tables = [
      table(
        runner,
        'cluster',
        ['id'],
        {
          id: 'integer',
          name: 'text',
          description: 'text',
          'scheduler?': 'text',
          revision: 'bigint',
          'as_of?': 'text',
          deleted: 'integer',
          log_floor: 'bigint',
          manifests: 'bigint',
        },
        { unique: 'name' },
      ),
      table(
        runner,
        'node',
        ['cluster_id', 'name'],
        {
          cluster_id: 'integer',
          name: 'text',
          revision: 'bigint',
          hash: 'text',
          'labels?': 'text',
          unschedulable: 'integer',
          manifest_id: 'bigint',
        },
        { clustered: true },
      ),
      table(
        runner,
        'pod',
        ['cluster_id', 'namespace', 'name'],
        {
          cluster_id: 'integer',
          namespace: 'text',
          name: 'text',
          revision: 'bigint',
          hash: 'text',
          manifest_id: 'bigint',
          class_id: 'integer',
          node_name: 'text',
          'own_labels?': 'text',
          flags: 'integer',
          'start_time?': 'bigint',
          'creation_time?': 'bigint',
          nominated_node_name: 'text',
        },
        { clustered: true },
      ),
      table(runner, 'pod_class', ['cluster_id', 'id'], {
        cluster_id: 'integer',
        id: 'integer',
        shape: 'text',
      }),
      table(
        runner,
        'object',
        ['cluster_id', 'api_group', 'kind', 'namespace', 'name'],
        {
          cluster_id: 'integer',
          api_group: 'text',
          kind: 'text',
          namespace: 'text',
          name: 'text',
          revision: 'bigint',
          hash: 'text',
          'labels?': 'text',
          modelled: 'integer',
          manifest_id: 'bigint',
        },
        { clustered: true },
      ),
      table(runner, 'manifest', ['id'], { id: 'bigint', body: 'text' }),
      table(runner, 'manifest_stage', ['first_id'], {
        first_id: 'bigint',
        cluster_id: 'integer',
        size: 'integer',
        at: 'text',
      }),
      table(
        runner,
        'reservation',
        ['cluster_id', 'id'],
        {
          cluster_id: 'integer',
          id: 'text',
          namespace: 'text',
          pod_name: 'text',
          node: 'text',
          status: 'text',
          owner: 'text',
          created_at: 'text',
          expires_at: 'text',
          'ended_at?': 'text',
          revision: 'bigint',
          manifest: 'text',
          'consumed_by?': 'text',
          'consumed_by_pod?': 'text',
          'class_id?': 'integer',
          'record?': 'text',
        },
        { index: { name: 'reservation_due', columns: ['status', 'expires_at'] } },
      ),
      table(
        runner,
        'change_log',
        ['cluster_id', 'revision', 'sequence'],
        {
          cluster_id: 'integer',
          revision: 'bigint',
          sequence: 'integer',
          type: 'text',
          api_group: 'text',
          kind: 'text',
          namespace: 'text',
          name: 'text',
          at: 'text',
          'class_id?': 'integer',
          'data?': 'text',
        },
        { clustered: true },
      ),
      table(
        runner,
        'idempotency',
        ['scope', 'key'],
        {
          scope: 'text',
          key: 'text',
          cluster_id: 'integer',
          fingerprint: 'text',
          revision: 'bigint',
          response: 'text',
          at: 'text',
        },
        { index: { name: 'idempotency_at', columns: ['at'] } },
      ),
    ];
    for (const description of tables) await runner.createTable(description);
  }

  async down(runner: QueryRunner): Promise<void> {
    const names = ['cluster', 'node', 'pod', 'pod_class', 'object', 'manifest', 'manifest_stage', 'reservation'];
    for (const name of [...names, 'change_log', 'idempotency'].toReversed()) await runner.dropTable(name);
  }
}
