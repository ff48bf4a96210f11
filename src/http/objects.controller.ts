import { Controller, Delete, Get, Param, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { addressKey, Objects, type ObjectList } from '../service/objects.js';
import { GetQuery, ObjectsQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import { doneReply, type Reply } from './reply.js';

@Controller('v1/clusters/:cluster/objects')
export class ObjectsController {
  constructor(private readonly objects: Objects) {}

  @Get()
  @Endpoint({
    id: 'listObjects',
    tag: 'objects',
    summary: 'Objects of one kind or all',
    query: ObjectsQuery,
    gives: MANIFEST_TYPES,
    answer: 'ObjectList',
    errors: ['stale_data'],
  })
  list(@Param('cluster') cluster: string, @Options(ObjectsQuery) query: ObjectsQuery): Promise<ObjectList> {
    const { kind, group, namespace, ...options } = query;
    return this.objects.list(cluster, { kind, group, namespace }, options);
  }

  @Get(':group/:kind/:namespace/:name')
  @Endpoint({
    id: 'getObject',
    tag: 'objects',
    summary: 'One object, as it was sent',
    description: 'A pure manifest; `ETag` is the revision of its last change.',
    query: GetQuery,
    gives: MANIFEST_TYPES,
    answer: 'Manifest',
    errors: ['stale_data'],
  })
  async get(
    @Param('cluster') cluster: string,
    @Param('group') group: string,
    @Param('kind') kind: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(GetQuery) query: GetQuery,
  ): Promise<Reply> {
    return objectReply(await this.objects.get(cluster, addressKey(group, kind, namespace, name), query));
  }

  @Put(':group/:kind/:namespace/:name')
  @Endpoint({
    id: 'putObject',
    tag: 'objects',
    summary: 'Store or replace a object',
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
    @Param('group') group: string,
    @Param('kind') kind: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    const key = addressKey(group, kind, namespace, name);
    return writeReply(await this.objects.put(cluster, key, documents, { precondition, ...query }));
  }

  @Delete(':group/:kind/:namespace/:name')
  @Endpoint({
    id: 'deleteObject',
    tag: 'objects',
    summary: 'Delete a stored object',
    status: 204,
    errors: ['precondition_failed', 'outcome_unknown'],
  })
  async delete(
    @Param('cluster') cluster: string,
    @Param('group') group: string,
    @Param('kind') kind: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<Reply> {
    return doneReply(await this.objects.delete(cluster, addressKey(group, kind, namespace, name), precondition));
  }
}
