import { Controller, Delete, Get, Param, Patch, Post, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { Objects, type ObjectList } from '../service/objects.js';
import type { ObjectKey } from '../store/store.js';
import { GetQuery, NodeListQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import { doneReply, type Reply } from './reply.js';

const nodeKey = (name: string): ObjectKey => ({ group: '', kind: 'Node', namespace: '', name });

@Controller('v1/clusters/:cluster/nodes')
export class NodesController {
  constructor(private readonly objects: Objects) {}

  @Get()
  @Endpoint({
    id: 'listNodes',
    tag: 'objects',
    summary: 'Nodes, by name',
    query: NodeListQuery,
    gives: MANIFEST_TYPES,
    answer: 'ObjectList',
    errors: ['stale_data'],
  })
  list(@Param('cluster') cluster: string, @Options(NodeListQuery) query: NodeListQuery): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Node' }, query);
  }

  @Post()
  @Endpoint({
    id: 'createNode',
    tag: 'objects',
    summary: 'Store a new node',
    query: WriteQuery,
    body: 'Manifest',
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    status: 201,
    errors: ['already_exists', 'invalid_manifest', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  async create(
    @Param('cluster') cluster: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(
      await this.objects.post(cluster, { group: '', kind: 'Node' }, documents, { precondition, ...query }),
    );
  }

  @Get(':name')
  @Endpoint({
    id: 'getNode',
    tag: 'objects',
    summary: 'One node, as it was sent',
    description: 'A pure manifest; `ETag` is the revision of its last change.',
    query: GetQuery,
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    errors: ['stale_data'],
  })
  async get(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Options(GetQuery) query: GetQuery,
  ): Promise<Reply> {
    return objectReply(await this.objects.get(cluster, nodeKey(name), query));
  }

  @Put(':name')
  @Endpoint({
    id: 'putNode',
    tag: 'objects',
    summary: 'Store or replace a node',
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
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.put(cluster, nodeKey(name), documents, { precondition, ...query }));
  }

  @Patch(':name')
  @Endpoint({
    id: 'patchNode',
    tag: 'objects',
    summary: 'Change a stored node by a merge patch',
    query: WriteQuery,
    body: 'MergePatch',
    takes: 'patch',
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    errors: ['invalid_manifest', 'precondition_failed', 'storage_full', 'outcome_unknown'],
  })
  async patch(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.patch(cluster, nodeKey(name), documents[0]!, { precondition, ...query }));
  }

  @Delete(':name')
  @Endpoint({
    id: 'deleteNode',
    tag: 'objects',
    summary: 'Delete a stored node',
    status: 204,
    errors: ['precondition_failed', 'outcome_unknown'],
  })
  async delete(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<Reply> {
    return doneReply(await this.objects.delete(cluster, nodeKey(name), precondition));
  }
}
