import { Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { addressKey, Objects, type ObjectList } from '../service/objects.js';
import { GetQuery, ObjectsQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES, Media } from './media.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import type { Reply } from './reply.js';

@Controller('v1/clusters/:cluster/objects')
export class ObjectsController {
  constructor(private readonly objects: Objects) {}

  @Get()
  @Media({ gives: MANIFEST_TYPES })
  list(@Param('cluster') cluster: string, @Options(ObjectsQuery) query: ObjectsQuery): Promise<ObjectList> {
    const { kind, group, namespace, ...options } = query;
    return this.objects.list(cluster, { kind, group, namespace }, options);
  }

  @Get(':group/:kind/:namespace/:name')
  @Media({ gives: MANIFEST_TYPES })
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
  @Media({ takes: 'document', gives: MANIFEST_TYPES })
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
    return writeReply(await this.objects.put(cluster, key, documents, { ...query, precondition }));
  }

  @Delete(':group/:kind/:namespace/:name')
  @HttpCode(204)
  async delete(
    @Param('cluster') cluster: string,
    @Param('group') group: string,
    @Param('kind') kind: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<void> {
    await this.objects.delete(cluster, addressKey(group, kind, namespace, name), precondition);
  }
}
