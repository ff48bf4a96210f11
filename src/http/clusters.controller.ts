import { Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { Clusters, type ClusterView, type Precondition } from '../service/clusters.js';
import { ClusterSettingsDto, FreshnessQuery } from './dto/cluster.dto.js';
import type { JsonObject } from '../kubernetes/types.js';
import { Media } from './media.js';
import { Conditions, Envelope, Options } from './params.js';
import { Reply } from './reply.js';

@Controller('v1/clusters')
export class ClustersController {
  constructor(private readonly clusters: Clusters) {}

  @Get()
  list(): { items: ClusterView[]; nextCursor: null; total: number } {
    return this.clusters.list();
  }

  @Get(':cluster')
  async get(@Param('cluster') cluster: string, @Options(FreshnessQuery) freshness: FreshnessQuery): Promise<Reply> {
    const view = await this.clusters.get(cluster, freshness);
    return new Reply(view, { etag: view.revision });
  }

  @Put(':cluster')
  @Media({ takes: 'document' })
  async put(
    @Param('cluster') cluster: string,
    @Envelope(ClusterSettingsDto) settings: ClusterSettingsDto,
    @Conditions() conditions: Precondition,
  ): Promise<Reply> {
    const description = settings.description ?? '';
    const scheduler = (settings.scheduler as JsonObject | undefined) ?? null;
    const { created, cluster: view } = await this.clusters.put(cluster, { description, scheduler }, conditions);
    return new Reply(view, { status: created ? 201 : 200, etag: view.revision });
  }

  @Delete(':cluster')
  @HttpCode(204)
  async delete(@Param('cluster') cluster: string, @Conditions() conditions: Precondition): Promise<void> {
    await this.clusters.delete(cluster, conditions.ifRevision);
  }
}
