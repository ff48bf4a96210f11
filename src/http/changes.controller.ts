import { once } from 'node:events';
import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  Changes,
  changeView,
  decodePosition,
  encodePosition,
  END_OF_REVISION,
  type ChangesPage,
  type Position,
} from '../service/changes.js';
import type { ChangeEvent } from '../store/store.js';
import { ChangesQuery } from './dto/reservation.dto.js';
import { CHANGES_TYPES } from './media.js';
import { Endpoint } from './openapi/endpoint.js';
import { AnswerType, Options } from './params.js';
import { Shutdown } from './shutdown.js';

function positionOf({ cursor, sinceRevision }: ChangesQuery, lastEventId: string | undefined): Position {
  if (lastEventId) return decodePosition(lastEventId);
  if (cursor !== undefined) return decodePosition(cursor);
  return { revision: sinceRevision ?? 0, sequence: END_OF_REVISION };
}

/** `id` is the cursor: a client that reconnects with `Last-Event-ID` misses nothing and gets nothing twice. */
const eventText = (event: ChangeEvent): string =>
  `id: ${encodePosition(event)}\nevent: change\ndata: ${JSON.stringify(changeView(event))}\n\n`;

@Controller('v1/clusters/:cluster/changes')
export class ChangesController {
  constructor(
    private readonly changes: Changes,
    private readonly shutdown: Shutdown,
  ) {}

  @Get()
  @Endpoint({
    id: 'changes',
    tag: 'views',
    summary: 'What changed, in order, without gaps',
    description:
      'Go on with `nextCursor`. `Accept: text/event-stream` keeps the connection open: the `id` of an event is its cursor, `Last-Event-ID` resumes. 410 when the log no longer reaches back so far: read a snapshot and go on from its revision with `sinceRevision`.',
    query: ChangesQuery,
    gives: CHANGES_TYPES,
    answer: 'ChangesPage',
    errors: ['revision_expired', 'stale_data'],
  })
  async list(
    @Param('cluster') cluster: string,
    @Options(ChangesQuery) query: ChangesQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @AnswerType() type: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangesPage | StreamableFile> {
    const { limit, minRevision, maxAge } = query;
    const after = positionOf(query, type === 'text/event-stream' ? lastEventId : undefined);
    // also before a stream begins: a cursor that has expired is still answered with a problem
    const page = await this.changes.list(cluster, after, limit ?? 100, { minRevision, maxAge });
    if (type !== 'text/event-stream') return page;
    reply.header('Cluster-Revision', String(page.revision)).header('Cache-Control', 'no-store');
    return new StreamableFile(this.stream(cluster, after), { type });
  }

  private stream(cluster: string, after: Position): Readable {
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.shutdown.signal]);
    const changes = this.changes;
    async function* texts(): AsyncGenerator<string> {
      yield ': open\n\n';
      for await (const events of changes.follow(cluster, after, signal)) {
        yield events.length === 0 ? ': still here\n\n' : events.map(eventText).join('');
      }
    }
    const stream = Readable.from(texts(), { highWaterMark: 1 });
    void once(stream, 'close').then(
      () => gone.abort(),
      () => gone.abort(),
    );
    return stream;
  }
}
