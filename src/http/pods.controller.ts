import { Controller, Delete, Get, Param, Patch, Post, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { Objects, type ObjectList } from '../service/objects.js';
import type { ObjectKey } from '../store/store.js';
import { GetQuery, PodListQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import { doneReply, type Reply } from './reply.js';

const podKey = (namespace: string, name: string): ObjectKey => ({ group: '', kind: 'Pod', namespace, name });

@Controller('v1/clusters/:cluster')
export class PodsController {
  constructor(private readonly objects: Objects) {}

  @Get('pods')
  @Endpoint({
    id: 'listAllPods',
    tag: 'objects',
    summary: 'Pods of all namespaces',
    query: PodListQuery,
    gives: MANIFEST_TYPES,
    answer: 'ObjectList',
    errors: ['stale_data'],
  })
  listAll(@Param('cluster') cluster: string, @Options(PodListQuery) query: PodListQuery): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Pod' }, query);
  }

  @Get('namespaces/:namespace/pods')
  @Endpoint({
    id: 'listPods',
    tag: 'objects',
    summary: 'Pods of one namespace, by name',
    query: PodListQuery,
    gives: MANIFEST_TYPES,
    answer: 'ObjectList',
    errors: ['stale_data'],
  })
  list(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Options(PodListQuery) query: PodListQuery,
  ): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Pod', namespace }, query);
  }

  @Post('namespaces/:namespace/pods')
  @Endpoint({
    id: 'createPod',
    tag: 'objects',
    summary: 'Store a new pod',
    query: WriteQuery,
    body: 'Manifest',
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    status: 201,
    errors: ['already_exists', 'invalid_manifest', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  async create(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(
      await this.objects.post(cluster, { group: '', kind: 'Pod', namespace }, documents, { precondition, ...query }),
    );
  }

  @Get('namespaces/:namespace/pods/:name')
  @Endpoint({
    id: 'getPod',
    tag: 'objects',
    summary: 'One pod, as it was sent',
    description: 'A pure manifest; `ETag` is the revision of its last change.',
    query: GetQuery,
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    errors: ['stale_data'],
  })
  async get(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(GetQuery) query: GetQuery,
  ): Promise<Reply> {
    return objectReply(await this.objects.get(cluster, podKey(namespace, name), query));
  }

  @Put('namespaces/:namespace/pods/:name')
  @Endpoint({
    id: 'putPod',
    tag: 'objects',
    summary: 'Store or replace a pod',
    description: 'An absent status keeps the stored one. What is odd about it comes back in `Warning` headers.',
    query: WriteQuery,
    body: 'Manifest',
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    alsoStatus: 201,
    errors: ['invalid_manifest', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  async put(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.put(cluster, podKey(namespace, name), documents, { precondition, ...query }));
  }

  @Patch('namespaces/:namespace/pods/:name')
  @Endpoint({
    id: 'patchPod',
    tag: 'objects',
    summary: 'Change a stored pod by a merge patch',
    query: WriteQuery,
    body: 'MergePatch',
    takes: 'patch',
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    errors: ['invalid_manifest', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  async patch(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(
      await this.objects.patch(cluster, podKey(namespace, name), documents[0]!, { precondition, ...query }),
    );
  }

  @Delete('namespaces/:namespace/pods/:name')
  @Endpoint({
    id: 'deletePod',
    tag: 'objects',
    summary: 'Delete a stored pod',
    status: 204,
    errors: ['precondition_failed', 'outcome_unknown'],
  })
  async delete(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<Reply> {
    return doneReply(await this.objects.delete(cluster, podKey(namespace, name), precondition));
  }
}
