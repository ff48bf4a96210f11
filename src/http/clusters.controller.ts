import { Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { Clusters, type ClusterView, type Precondition } from '../service/clusters.js';
import { ClusterSettingsDto, FreshnessQuery } from './dto/cluster.dto.js';
import type { Json } from '../kubernetes/types.js';
import { Endpoint } from './openapi/endpoint.js';
import { Conditions, Envelope, Options } from './params.js';
import { Reply } from './reply.js';

@Controller('v1/clusters')
export class ClustersController {
  constructor(private readonly clusters: Clusters) {}

  @Get()
  @Endpoint({
    id: 'listClusters',
    tag: 'clusters',
    summary: 'All clusters',
    answer: 'ClusterList',
    aboutCluster: false,
  })
  list(): { items: ClusterView[]; nextCursor: null; total: number } {
    return this.clusters.list();
  }

  @Get(':cluster')
  @Endpoint({
    id: 'getCluster',
    tag: 'clusters',
    summary: 'A cluster: its settings, revision and counts',
    query: FreshnessQuery,
    answer: 'Cluster',
    errors: ['stale_data'],
  })
  async get(@Param('cluster') cluster: string, @Options(FreshnessQuery) freshness: FreshnessQuery): Promise<Reply> {
    const view = await this.clusters.get(cluster, freshness);
    return new Reply(view, { etag: view.revision });
  }

  @Put(':cluster')
  @Endpoint({
    id: 'putCluster',
    tag: 'clusters',
    summary: 'Create a cluster, or replace its description and scheduler configuration',
    description:
      'Both are replaced: what is absent is empty. `If-Match` and `If-None-Match: *` compare with the revision.',
    request: ClusterSettingsDto,
    answer: 'Cluster',
    alsoStatus: 201,
    errors: ['precondition_failed', 'invalid_manifest', 'storage_full', 'outcome_unknown'],
  })
  async put(
    @Param('cluster') cluster: string,
    @Envelope(ClusterSettingsDto) settings: ClusterSettingsDto,
    @Conditions() conditions: Precondition,
  ): Promise<Reply> {
    const description = settings.description ?? '';
    const scheduler = (settings.scheduler as Json | undefined) ?? null;
    const { created, cluster: view } = await this.clusters.put(cluster, { description, scheduler }, conditions);
    return new Reply(view, { status: created ? 201 : 200, etag: view.revision });
  }

  @Delete(':cluster')
  @Endpoint({
    id: 'deleteCluster',
    tag: 'clusters',
    summary: 'Delete a cluster and all that is stored of it',
    status: 204,
    errors: ['precondition_failed', 'outcome_unknown'],
    aboutCluster: true,
  })
  async delete(@Param('cluster') cluster: string, @Conditions() conditions: Precondition): Promise<void> {
    await this.clusters.delete(cluster, conditions.ifRevision);
  }
}
