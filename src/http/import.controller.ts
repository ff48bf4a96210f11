import { Readable } from 'node:stream';
import { Controller, Get, Param, Post, Put, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Precondition } from '../service/clusters.js';
import { ServiceError } from '../service/errors.js';
import { Imports, type ImportAnswer, type ImportOptions } from '../service/import.js';
import { Snapshots } from '../service/snapshot.js';
import type { BulkBody } from './body/body.js';
import { FreshnessQuery } from './dto/cluster.dto.js';
import { ImportQuery, SnapshotQuery } from './dto/object.dto.js';
import { SNAPSHOT_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { AnswerType, Bulk, Conditions, Idempotency, Options, type IdempotencyHeader } from './params.js';
import { snapshotText } from './snapshot-text.js';

/** An RFC 3339 time as ISO 8601 UTC. 30 February and 25 o'clock have the right form, but are no times. */
function instant(text: string): string {
  const time = new Date(text);
  const lastDay = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (!Number.isNaN(time.getTime()) && Number(text.slice(8, 10)) <= lastDay) return time.toISOString();
  throw new ServiceError('invalid_request', `asOf: ${text} is no time`);
}

function importOptions(
  query: ImportQuery & Partial<SnapshotQuery>,
  precondition: Precondition,
  idempotency?: IdempotencyHeader,
): ImportOptions {
  const { asOf, kinds, ...rest } = query;
  return {
    ...rest,
    precondition,
    ...(idempotency ? { idempotency } : {}),
    ...(asOf === undefined ? {} : { asOf: instant(asOf) }),
    ...(kinds === undefined ? {} : { kinds: kinds.split(',').map((kind) => kind.trim()) }),
  };
}

@Controller('v1/clusters/:cluster')
export class ImportController {
  constructor(
    private readonly imports: Imports,
    private readonly snapshots: Snapshots,
  ) {}

  @Post('import')
  @Endpoint({
    id: 'import',
    tag: 'clusters',
    summary: 'Create or replace any number of objects in one revision',
    description:
      'Manifests, lists, watch events. One invalid object and nothing is stored; objects with a `metadata.uid` were admitted by a real cluster and are never refused. Kinds that are not kept are counted under `skipped`.',
    query: ImportQuery,
    body: 'Manifest',
    takes: 'bulk',
    idempotent: true,
    answer: 'ImportAnswer',
    errors: [
      'invalid_manifest',
      'precondition_failed',
      'idempotency_key_reused',
      'request_in_progress',
      'storage_full',
      'outcome_unknown',
    ],
  })
  import(
    @Param('cluster') cluster: string,
    @Options(ImportQuery) query: ImportQuery,
    @Conditions() conditions: Precondition,
    @Idempotency() idempotency: IdempotencyHeader | undefined,
    @Bulk() body: BulkBody,
  ): Promise<ImportAnswer> {
    return this.imports.import(cluster, body, importOptions(query, conditions, idempotency));
  }

  @Put('snapshot')
  @Endpoint({
    id: 'replaceSnapshot',
    tag: 'clusters',
    summary: 'Replace all imported objects in one revision',
    description: 'Readers see the old state or the new one. Reservations and settings stay.',
    query: SnapshotQuery,
    body: 'Manifest',
    takes: 'bulk',
    answer: 'ImportAnswer',
    errors: ['invalid_manifest', 'suspicious_snapshot', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  replace(
    @Param('cluster') cluster: string,
    @Options(SnapshotQuery) query: SnapshotQuery,
    @Conditions() conditions: Precondition,
    @Bulk() body: BulkBody,
  ): Promise<ImportAnswer> {
    return this.imports.snapshot(cluster, body, importOptions(query, conditions));
  }

  @Get('snapshot')
  @Endpoint({
    id: 'getSnapshot',
    tag: 'clusters',
    summary: 'Every imported object of one revision, as a `v1` List',
    query: FreshnessQuery,
    gives: SNAPSHOT_TYPES,
    answer: 'Manifest',
    errors: ['stale_data'],
  })
  async snapshot(
    @Param('cluster') cluster: string,
    @Options(FreshnessQuery) freshness: FreshnessQuery,
    @AnswerType() type: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { revision, slices, close } = await this.snapshots.read(cluster, freshness);
    reply.header('Cluster-Revision', String(revision));
    const text = Readable.from(snapshotText(slices, type));
    // also when the client has gone before anything was read
    text.once('close', close);
    return new StreamableFile(text, { type });
  }
}
