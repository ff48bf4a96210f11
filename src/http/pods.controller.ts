import { Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import type { Json } from '../kubernetes/types.js';
import type { Precondition } from '../service/clusters.js';
import { Objects, type ObjectList } from '../service/objects.js';
import type { ObjectKey } from '../store/store.js';
import { GetQuery, PodListQuery, WriteQuery } from './dto/object.dto.js';
import { MANIFEST_TYPES, Media } from './media.js';
import { objectReply, writeReply } from './object-reply.js';
import { Conditions, Documents, Options } from './params.js';
import type { Reply } from './reply.js';

const podKey = (namespace: string, name: string): ObjectKey => ({ group: '', kind: 'Pod', namespace, name });

@Controller('v1/clusters/:cluster')
export class PodsController {
  constructor(private readonly objects: Objects) {}

  @Get('pods')
  @Media({ gives: MANIFEST_TYPES })
  listAll(@Param('cluster') cluster: string, @Options(PodListQuery) query: PodListQuery): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Pod' }, query);
  }

  @Get('namespaces/:namespace/pods')
  @Media({ gives: MANIFEST_TYPES })
  list(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Options(PodListQuery) query: PodListQuery,
  ): Promise<ObjectList> {
    return this.objects.list(cluster, { group: '', kind: 'Pod', namespace }, query);
  }

  @Post('namespaces/:namespace/pods')
  @Media({ takes: 'document', gives: MANIFEST_TYPES })
  async create(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Options(WriteQuery) query: WriteQuery,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.post(cluster, { group: '', kind: 'Pod', namespace }, documents, query));
  }

  @Get('namespaces/:namespace/pods/:name')
  @Media({ gives: MANIFEST_TYPES })
  async get(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(GetQuery) query: GetQuery,
  ): Promise<Reply> {
    return objectReply(await this.objects.get(cluster, podKey(namespace, name), query));
  }

  @Put('namespaces/:namespace/pods/:name')
  @Media({ takes: 'document', gives: MANIFEST_TYPES })
  async put(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(await this.objects.put(cluster, podKey(namespace, name), documents, { ...query, precondition }));
  }

  @Patch('namespaces/:namespace/pods/:name')
  @Media({ takes: 'patch', gives: MANIFEST_TYPES })
  async patch(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Options(WriteQuery) query: WriteQuery,
    @Conditions() precondition: Precondition,
    @Documents() documents: readonly Json[],
  ): Promise<Reply> {
    return writeReply(
      await this.objects.patch(cluster, podKey(namespace, name), documents[0]!, { ...query, precondition }),
    );
  }

  @Delete('namespaces/:namespace/pods/:name')
  @HttpCode(204)
  async delete(
    @Param('cluster') cluster: string,
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Conditions() precondition: Precondition,
  ): Promise<void> {
    await this.objects.delete(cluster, podKey(namespace, name), precondition);
  }
}
