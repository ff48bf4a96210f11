import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { Objects, type ObjectList } from '../service/objects.js';
import type { ObjectKey } from '../store/store.js';
import { GetQuery, NodeListQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES, Media } from './media.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import type { Reply } from './reply.js';

const nodeKey = (name: string): ObjectKey => ({ group: '', kind: 'Node', namespace: '', name });

@Controller('v1/clusters/:cluster/nodes')
export class NodesController {
  constructor(private readonly objects: Objects) {}

  @Get()
  @Media({ gives: MANIFEST_TYPES })
  list(@Param('cluster') cluster: string, @Options(NodeListQuery) query: NodeListQuery): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Node' }, query);
  }

  @Post()
  @Media({ takes: 'document', gives: MANIFEST_TYPES })
  async create(
    @Param('cluster') cluster: string,
    @Options(WriteQuery) query: WriteQuery,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.post(cluster, { group: '', kind: 'Node' }, documents, query));
  }

  @Get(':name')
  @Media({ gives: MANIFEST_TYPES })
  async get(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Options(GetQuery) query: GetQuery,
  ): Promise<Reply> {
    return objectReply(await this.objects.get(cluster, nodeKey(name), query));
  }

  @Put(':name')
  @Media({ takes: 'document', gives: MANIFEST_TYPES })
  async put(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.put(cluster, nodeKey(name), documents, { ...query, precondition }));
  }

  @Patch(':name')
  @Media({ takes: 'patch', gives: MANIFEST_TYPES })
  async patch(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.patch(cluster, nodeKey(name), documents[0]!, { ...query, precondition }));
  }

  @Delete(':name')
  @HttpCode(204)
  async delete(
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<void> {
    await this.objects.delete(cluster, nodeKey(name), precondition);
  }
}
