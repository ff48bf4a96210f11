import { Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import type { Precondition } from '../service/clusters.js';
import { ServiceError } from '../service/errors.js';
import { Reservations, type ReservationView } from '../service/reservations.js';
import { FreshnessQuery } from './dto/cluster.dto.js';
import { RenewRequest, ReservationListQuery, ReservationsRequest } from './dto/reservation.dto.js';
import { Endpoint } from './openapi/endpoint.js';
import { Conditions, Envelope, Idempotency, Options, type IdempotencyHeader } from './params.js';
import { doneReply, Reply } from './reply.js';

interface ReservationPage {
  readonly items: readonly ReservationView[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly revision: number;
  readonly asOf: string | null;
}

const encodeId = (id: string): string => Buffer.from(id).toString('base64url');

function decodeId(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (/^[\w-]{1,64}$/.test(id)) return id;
  throw new ServiceError('invalid_request', 'the cursor is none that this service gave');
}

@Controller('v1/clusters/:cluster/reservations')
export class ReservationsController {
  constructor(private readonly reservations: Reservations) {}

  @Post()
  @Endpoint({
    id: 'reserve',
    tag: 'reservations',
    summary: 'Claim room',
    description:
      'Without `node`, the best one is chosen and claimed in one step. With `Idempotency-Key`, a repeat gets the first answer. A claim binds nobody in the cluster: it counts in the answers of this service.',
    request: ReservationsRequest,
    idempotent: true,
    answer: 'ReservationsAnswer',
    status: 201,
    errors: [
      'does_not_fit',
      'invalid_manifest',
      'nothing_to_evaluate',
      'idempotency_key_reused',
      'request_in_progress',
      'outcome_unknown',
      'storage_full',
    ],
  })
  async create(
    @Param('cluster') cluster: string,
    @Envelope(ReservationsRequest) request: ReservationsRequest,
    @Idempotency() idempotency: IdempotencyHeader | undefined,
  ): Promise<Reply> {
    return new Reply(await this.reservations.create(cluster, request, idempotency), { status: 201 });
  }

  @Get()
  @Endpoint({
    id: 'listReservations',
    tag: 'reservations',
    summary: 'Reservations, ended ones of the last day included',
    query: ReservationListQuery,
    answer: 'ReservationList',
    errors: ['stale_data'],
  })
  async list(
    @Param('cluster') cluster: string,
    @Options(ReservationListQuery) { cursor, limit, status, ...freshness }: ReservationListQuery,
  ): Promise<ReservationPage> {
    const after = cursor === undefined ? null : decodeId(cursor);
    const { next, items, ...rest } = await this.reservations.list(cluster, {
      ...freshness,
      after,
      limit: limit ?? 100,
      ...(status === undefined ? {} : { status }),
    });
    return { items, nextCursor: next && encodeId(next), ...rest };
  }

  @Get(':id')
  @Endpoint({
    id: 'getReservation',
    tag: 'reservations',
    summary: 'One reservation; an ended one for a day',
    query: FreshnessQuery,
    answer: 'Reservation',
  })
  async get(
    @Param('cluster') cluster: string,
    @Param('id') id: string,
    @Options(FreshnessQuery) freshness: FreshnessQuery,
  ): Promise<Reply> {
    const { view, revision } = await this.reservations.get(cluster, id, freshness);
    return new Reply(view, { revision, etag: view.revision });
  }

  @Patch(':id')
  @Endpoint({
    id: 'renewReservation',
    tag: 'reservations',
    summary: 'Renew a reservation',
    request: RenewRequest,
    answer: 'Reservation',
    errors: ['reservation_ended', 'precondition_failed', 'outcome_unknown'],
  })
  async renew(
    @Param('cluster') cluster: string,
    @Param('id') id: string,
    @Envelope(RenewRequest) { ttlSeconds }: RenewRequest,
    @Conditions() precondition: Precondition,
  ): Promise<Reply> {
    const { view, revision } = await this.reservations.renew(cluster, id, ttlSeconds, precondition);
    return new Reply(view, { revision, etag: view.revision });
  }

  @Delete(':id')
  @Endpoint({
    id: 'releaseReservation',
    tag: 'reservations',
    summary: 'Let the room go; one that has ended stays as it ended',
    status: 204,
    errors: ['precondition_failed', 'outcome_unknown'],
  })
  async release(
    @Param('cluster') cluster: string,
    @Param('id') id: string,
    @Conditions() precondition: Precondition,
  ): Promise<Reply> {
    return doneReply(await this.reservations.release(cluster, id, precondition));
  }
}
