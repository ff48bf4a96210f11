import { Readable } from 'node:stream';
import { Controller, Delete, Get, HttpCode, Param, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { operationHead, Operations, type OperationView } from '../service/operations.js';
import { operationBytes, printOperation } from './long-answer.js';
import { CHANGES_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { AnswerType } from './params.js';

@Controller('v1/clusters/:cluster/operations')
export class OperationsController {
  constructor(private readonly operations: Operations) {}

  @Get(':id')
  @Endpoint({
    id: 'getOperation',
    tag: 'questions',
    summary: 'How far a long question is, and its answer',
    description:
      'Started with `Prefer: respond-async`. `text/event-stream` sends an event `progress` now and then and `end` with the whole operation. Kept by the replica that computes it, for an hour after its end.',
    gives: CHANGES_TYPES,
    answer: 'Operation',
    errors: ['not_found'],
  })
  get(
    @Param('cluster') cluster: string,
    @Param('id') id: string,
    @AnswerType() type: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer | StreamableFile {
    const view = this.operations.get(cluster, id);
    if (type !== 'text/event-stream') return printOperation(reply, view);
    reply.header('Cache-Control', 'no-store');
    return new StreamableFile(this.events(view), { type });
  }

  @Delete(':id')
  @Endpoint({
    id: 'deleteOperation',
    tag: 'questions',
    summary: 'Cancel a running operation, forget a finished one',
    status: 204,
    errors: ['not_found'],
  })
  @HttpCode(204)
  delete(@Param('cluster') cluster: string, @Param('id') id: string): void {
    this.operations.delete(cluster, id);
  }

  /** Server-sent events until the operation has ended or the client has gone. */
  private events(first: OperationView): Readable {
    const send = (view: OperationView): void => {
      if (view.status === 'running') {
        stream.push(`event: progress\ndata: ${JSON.stringify(operationHead(view))}\n\n`);
        return;
      }
      stream.push(`event: end\ndata: ${operationBytes(view).toString('utf8')}\n\n`);
      stream.push(null);
    };
    let stop = (): void => undefined;
    const stream = new Readable({
      read: () => undefined,
      destroy: (error, done) => {
        stop();
        done(error);
      },
    });
    send(first);
    if (first.status === 'running') stop = this.operations.watch(first.cluster, first.id, send);
    return stream;
  }
}
