import { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Param, Post, Put, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Precondition } from '../service/clusters.js';
import { Imports, type ImportAnswer, type ImportOptions } from '../service/import.js';
import { Snapshots } from '../service/snapshot.js';
import type { BulkBody } from './body/body.js';
import { FreshnessQuery } from './dto/cluster.dto.js';
import { ImportQuery, SnapshotQuery } from './dto/object.dto.js';
import { Media, SNAPSHOT_TYPES } from './media.js';
import { AnswerType, Bulk, Conditions, Options } from './params.js';
import { snapshotText } from './snapshot-text.js';

function importOptions(query: ImportQuery & Partial<SnapshotQuery>, precondition: Precondition): ImportOptions {
  const { asOf, kinds, ...rest } = query;
  return {
    ...rest,
    precondition,
    ...(asOf === undefined ? {} : { asOf: new Date(asOf).toISOString() }),
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
  @HttpCode(200)
  @Media({ takes: 'bulk' })
  import(
    @Param('cluster') cluster: string,
    @Options(ImportQuery) query: ImportQuery,
    @Conditions() conditions: Precondition,
    @Bulk() body: BulkBody,
  ): Promise<ImportAnswer> {
    return this.imports.import(cluster, body.slices(), importOptions(query, conditions));
  }

  @Put('snapshot')
  @Media({ takes: 'bulk' })
  replace(
    @Param('cluster') cluster: string,
    @Options(SnapshotQuery) query: SnapshotQuery,
    @Conditions() conditions: Precondition,
    @Bulk() body: BulkBody,
  ): Promise<ImportAnswer> {
    return this.imports.snapshot(cluster, body.slices(), importOptions(query, conditions));
  }

  @Get('snapshot')
  @Media({ gives: SNAPSHOT_TYPES })
  async snapshot(
    @Param('cluster') cluster: string,
    @Options(FreshnessQuery) freshness: FreshnessQuery,
    @AnswerType() type: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { revision, slices } = await this.snapshots.read(cluster, freshness);
    reply.header('Cluster-Revision', String(revision));
    return new StreamableFile(Readable.from(snapshotText(slices, type)), { type });
  }
}
