/** Reservations (API.md 5): room chosen and claimed in one decision, renewed, released, expired. */
import { randomUUID } from 'node:crypto';
import { parseLabelSelector } from '../kubernetes/selectors.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { nothingToEvaluate, readSubjects, replica } from '../planning/subject.js';
import type { PodRecord } from '../scheduler/model-change.js';
import type { Change, Decision, Draft, IdempotencyClaim, ReservationRow, Store } from '../store/store.js';
import { choose, claimChange } from './claim.js';
import type { Clusters, Freshness, Precondition } from './clusters.js';
import { notFound, ServiceError } from './errors.js';
import { endReservation } from './reservation-ends.js';

export interface ReservationRequest {
  readonly items: readonly { readonly manifest: unknown; readonly node?: string; readonly count?: number }[];
  /** All or none. */
  readonly gang?: boolean;
  readonly ttlSeconds?: number;
  readonly owner?: string;
  readonly consumedBy?: { readonly namespace: string; readonly labelSelector: string };
  /** Namespace of manifests that name none. */
  readonly namespace?: string;
}

export interface ReservationOutcome {
  readonly id: string | null;
  readonly pod: string;
  readonly node: string | null;
  readonly status: 'granted' | 'refused';
  readonly expiresAt: string | null;
  /** Why it was refused. */
  readonly message?: string;
  /** What the roomiest node is short of. */
  readonly shortfall?: Readonly<Record<string, string>>;
}

export interface ReservationsAnswer {
  readonly revision: number;
  readonly items: readonly ReservationOutcome[];
}

export type ReservationView = Omit<ReservationRow, 'namespace' | 'podName' | 'manifest'> & { readonly pod: string };

/** One pod that room is wanted for. */
interface Wish {
  readonly id: string;
  readonly pod: PodRecord;
  readonly manifest: JsonObject;
  readonly node: string | null;
}

const DEFAULT_TTL_SECONDS = 600;
const MAX_PODS = 10_000;
/** How many due reservations one sweep ends. */
const SWEEP = 500;

const podName = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

function view(row: ReservationRow): ReservationView {
  const { namespace, podName: name, manifest: _, ...rest } = row;
  return { pod: podName({ namespace, name }), ...rest };
}

export class Reservations {
  private sweeping: Promise<void> | null = null;

  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
    /** Milliseconds since the epoch. */
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @throws ServiceError `does_not_fit` when nothing was granted, or with `gang` not everything
   */
  async create(
    cluster: string,
    request: ReservationRequest,
    idempotency?: Omit<IdempotencyClaim<unknown>, 'encode'>,
  ): Promise<ReservationsAnswer> {
    const { model } = await this.clusters.state(cluster);
    checkConsumedBy(request.consumedBy);
    const wishes = request.items.flatMap((item) => wishesOf(item, request.namespace, model));
    if (wishes.length > MAX_PODS) {
      throw new ServiceError('invalid_request', `${wishes.length} pods in one request, at most ${MAX_PODS} are taken`);
    }
    if (wishes.length === 0) throw nothingToEvaluate();
    const created = this.now();
    const terms = {
      createdAt: new Date(created).toISOString(),
      expiresAt: new Date(created + (request.ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1000).toISOString(),
      owner: request.owner ?? '',
      consumedBy: request.consumedBy ?? null,
    };
    const committed = await this.store.commit<readonly ReservationOutcome[]>(cluster, {
      decide: (draft) => decide(draft, wishes, terms, request.gang === true),
      ...(idempotency
        ? {
            idempotency: {
              ...idempotency,
              encode: (items: readonly ReservationOutcome[], revision: number) => JSON.stringify({ revision, items }),
            },
          }
        : {}),
    });
    if (committed.replay !== null) return JSON.parse(committed.replay) as ReservationsAnswer;
    return { revision: committed.revision, items: committed.result! };
  }

  async list(
    cluster: string,
    { after, limit, ...freshness }: Freshness & { readonly after: string | null; readonly limit: number },
  ): Promise<{ items: ReservationView[]; next: string | null; total: number; revision: number; asOf: string | null }> {
    await this.clusters.state(cluster, freshness);
    const page = await this.store.reservations(cluster, after, limit);
    return { ...page, items: page.items.map(view) };
  }

  async get(
    cluster: string,
    id: string,
    freshness: Freshness = {},
  ): Promise<{ view: ReservationView; revision: number }> {
    const { revision } = await this.clusters.state(cluster, freshness);
    const row = await this.store.reservation(cluster, id);
    if (!row) throw notFound('Reservation', id);
    return { view: view(row), revision };
  }

  /** Extends (or shortens) a granted reservation to `ttlSeconds` from now. */
  async renew(
    cluster: string,
    id: string,
    ttlSeconds: number,
    precondition: Precondition = {},
  ): Promise<{ view: ReservationView; revision: number }> {
    await this.clusters.state(cluster);
    const expiresAt = new Date(this.now() + ttlSeconds * 1000).toISOString();
    const committed = await this.store.commit(cluster, {
      reservations: { ids: [id] },
      decide: (draft): Decision<ReservationView> => {
        const row = grantedRow(draft, id);
        checkPrecondition(row, precondition);
        const { revision: _, ...rest } = row;
        const renewed = { ...rest, expiresAt };
        return {
          changes: [{ op: 'reservation', row: renewed, model: null }],
          result: view({ ...renewed, revision: draft.nextRevision }),
        };
      },
    });
    return { view: committed.result!, revision: committed.revision };
  }

  /** Lets the room go. One that has ended already stays as it ended. */
  async release(cluster: string, id: string, precondition: Precondition = {}): Promise<number> {
    await this.clusters.state(cluster);
    const now = new Date(this.now()).toISOString();
    const { revision } = await this.store.commit(cluster, {
      reservations: { ids: [id] },
      decide: (draft) => {
        const row = draft.reservations.get(id);
        if (!row) throw notFound('Reservation', id);
        checkPrecondition(row, precondition);
        return { changes: row.status === 'granted' ? [endReservation(row, 'released', now)] : [], result: null };
      },
    });
    return revision;
  }

  /** Ends what is due in every cluster, each as a change of its own. Sweeps never overlap. */
  sweep(): Promise<void> {
    this.sweeping ??= this.endDue().finally(() => {
      this.sweeping = null;
    });
    return this.sweeping;
  }

  private async endDue(): Promise<void> {
    const now = new Date(this.now()).toISOString();
    for (const { name, model } of this.store.clusters()) {
      if (model.reservationCount === 0) continue;
      const due = await this.store.dueReservations(name, now, SWEEP);
      await Promise.all(
        due.map((id) =>
          this.store.commit(name, {
            reservations: { ids: [id] },
            decide: (draft) => {
              const row = draft.reservations.get(id);
              // renewed, consumed or swept by another replica meanwhile
              const isDue = row?.status === 'granted' && row.expiresAt <= now;
              return { changes: isDue ? [endReservation(row, 'expired', now)] : [], result: null };
            },
          }),
        ),
      );
    }
  }
}

function checkConsumedBy(consumedBy: ReservationRequest['consumedBy']): void {
  if (consumedBy === undefined) return;
  const selector = parseLabelSelector(consumedBy.labelSelector);
  if ('error' in selector) throw new ServiceError('invalid_request', `consumedBy.labelSelector: ${selector.error}`);
}

function wishesOf(
  { manifest, node, count }: ReservationRequest['items'][number],
  namespace: string | undefined,
  model: Draft['model'],
): Wish[] {
  const { subjects } = readSubjects(manifest as Json, { namespace }, model);
  return subjects.flatMap((subject) =>
    Array.from({ length: count ?? subject.workload.replicas }, (_, index) => ({
      id: randomUUID(),
      pod: replica(subject, index),
      manifest: subject.workload.pod(index),
      node: node ?? null,
    })),
  );
}

function grantedRow(draft: Draft, id: string): ReservationRow {
  const row = draft.reservations.get(id);
  if (!row) throw notFound('Reservation', id);
  if (row.status === 'granted') return row;
  throw new ServiceError('reservation_ended', `the reservation has ended: it is ${row.status} since ${row.endedAt}`, {
    reservation: { id, status: row.status, endedAt: row.endedAt },
  });
}

/** `If-None-Match: *` never holds for what exists. */
function checkPrecondition({ id, revision }: ReservationRow, { ifRevision, ifAbsent }: Precondition): void {
  if (ifAbsent !== true && (ifRevision === undefined || ifRevision === revision)) return;
  throw new ServiceError('precondition_failed', `reservation "${id}" was last changed by revision ${revision}`, {
    objectRevision: revision,
  });
}

type Terms = Pick<ReservationRow, 'createdAt' | 'expiresAt' | 'owner' | 'consumedBy'>;

function decide(
  draft: Draft,
  wishes: readonly Wish[],
  terms: Terms,
  gang: boolean,
): Decision<readonly ReservationOutcome[]> {
  // several claims of one request have to see each other
  const model = wishes.length === 1 ? draft.model : draft.model.fork();
  const changes: Change[] = [];
  const outcomes: ReservationOutcome[] = [];
  for (const { id, pod, manifest, node } of wishes) {
    const choice = choose(model, pod, node);
    if ('refused' in choice) {
      const { refused: message, shortfall } = choice;
      if (gang) {
        throw new ServiceError('does_not_fit', `${podName(pod)}: ${message}`, {
          message,
          shortfall,
          placed: outcomes.length,
          requested: wishes.length,
        });
      }
      outcomes.push({
        id: null,
        pod: podName(pod),
        node: null,
        status: 'refused',
        expiresAt: null,
        message,
        shortfall,
      });
      continue;
    }
    const claimed = claimChange(id, { ...pod, nodeName: choice.node });
    if (wishes.length > 1) model.apply(claimed);
    const { namespace, name } = pod;
    changes.push({
      op: 'reservation',
      row: {
        id,
        namespace,
        podName: name,
        node: choice.node,
        status: 'granted',
        ...terms,
        endedAt: null,
        manifest,
        consumedByPod: null,
      },
      model: claimed,
    });
    outcomes.push({ id, pod: podName(pod), node: choice.node, status: 'granted', expiresAt: terms.expiresAt });
  }
  if (changes.length === 0) {
    const [first] = outcomes;
    throw new ServiceError('does_not_fit', `${first?.pod}: ${first?.message}`, {
      message: first?.message,
      shortfall: first?.shortfall,
      items: outcomes,
    });
  }
  return { changes, result: outcomes };
}
