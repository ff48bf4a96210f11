/** Reservations (API.md 5): room chosen and claimed in one decision, renewed, released, expired. */
import { parseLabelSelector } from '../kubernetes/selectors.js';
import type { Json } from '../kubernetes/types.js';
import { policiesOf } from '../planning/admission.js';
import type { Admission, NotEvaluated } from '../planning/common.js';
import { notEvaluatedOf } from '../planning/profiles.js';
import { nothingToEvaluate, readSubjects, replica } from '../planning/subject.js';
import type { ClusterModel } from '../scheduler/model.js';
import { steadyNow } from '../store/steady-clock.js';
import type {
  Change,
  Decision,
  Draft,
  IdempotencyClaim,
  ReservationRow,
  ReservationStatus,
  Store,
} from '../store/store.js';
import { boundAlready, claimChange, claimDesk, type Refusal, type Wish } from './claim.js';
import type { Clusters, Freshness, Precondition } from './clusters.js';
import { notFound, ServiceError, type ErrorExtras } from './errors.js';
import { endReservation } from './reservation-ends.js';
import { reservationId } from './reservation-id.js';

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
  /** What the API server would refuse the pod for. */
  readonly admission?: Admission;
}

export interface ReservationsAnswer {
  readonly revision: number;
  readonly items: readonly ReservationOutcome[];
  /** What Kubernetes would look at and this service does not: the room is promised all the same. */
  readonly notEvaluated: readonly NotEvaluated[];
  readonly warnings: readonly string[];
}

/** How a whole request was decided; stored as the first answer of its Idempotency-Key. */
type Decided =
  | Omit<ReservationsAnswer, 'revision'>
  /** Nothing was granted: the problem that the client gets. */
  | { readonly refused: { readonly detail: string; readonly extras: ErrorExtras } };

export interface ReservationPageQuery {
  /** Id of the last one of the page before. */
  readonly after: string | null;
  readonly limit: number;
  /** Those of one state only. */
  readonly status?: ReservationStatus;
}

export type ReservationView = Omit<ReservationRow, 'namespace' | 'podName' | 'manifest'> & { readonly pod: string };

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
    private readonly now: () => number = steadyNow,
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
    const policies = policiesOf(model);
    const created = this.now();
    const read = readWishes(request, model, created);
    const terms = {
      createdAt: new Date(created).toISOString(),
      expiresAt: new Date(created + (request.ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1000).toISOString(),
      owner: request.owner ?? '',
      consumedBy: request.consumedBy ?? null,
    };
    const committed = await this.store.commit<Decided>(cluster, {
      decide: (draft) => {
        // What the API server makes of the pods depends on policies that may have changed since they were read.
        const wishes = policiesOf(draft.model) === policies ? read : readWishes(request, draft.model, created);
        return decide(draft, wishes, terms, request.gang === true);
      },
      ...(idempotency
        ? {
            idempotency: {
              encode: (decided: Decided, revision: number) => JSON.stringify({ revision, ...decided }),
              ...idempotency,
            },
          }
        : {}),
    });
    const answer =
      committed.replay === null
        ? { revision: committed.revision, ...committed.result! }
        : (JSON.parse(committed.replay) as Decided & { revision: number });
    if ('refused' in answer) {
      const { detail, extras } = answer.refused;
      throw new ServiceError('does_not_fit', detail, { ...extras, revision: answer.revision });
    }
    return answer;
  }

  async list(
    cluster: string,
    { after, limit, status, ...freshness }: Freshness & ReservationPageQuery,
  ): Promise<{ items: ReservationView[]; next: string | null; total: number; revision: number; asOf: string | null }> {
    await this.clusters.state(cluster, freshness);
    const page = await this.store.reservations(cluster, after, limit, status);
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
          result: view({ revision: draft.nextRevision, ...renewed }),
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
    const failures: unknown[] = [];
    for (const { name, model } of this.store.clusters()) {
      if (model.reservationCount === 0) continue;
      // What keeps one cluster from being swept keeps no other.
      await this.endDueIn(name).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some clusters could not be swept');
  }

  private async endDueIn(cluster: string): Promise<void> {
    for (;;) {
      const now = new Date(this.now()).toISOString();
      const due = await this.store.dueReservations(cluster, now, SWEEP);
      await Promise.all(
        due.map((id) =>
          this.store.commit(cluster, {
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
      if (due.length < SWEEP) return;
    }
  }
}

function checkConsumedBy(consumedBy: ReservationRequest['consumedBy']): void {
  if (consumedBy === undefined) return;
  const selector = parseLabelSelector(consumedBy.labelSelector);
  if ('error' in selector) throw new ServiceError('invalid_request', `consumedBy.labelSelector: ${selector.error}`);
}

interface Wishes {
  readonly wishes: readonly Wish[];
  readonly warnings: readonly string[];
}

/** @throws PlanningError `invalid_manifest`, `nothing_to_evaluate`; ServiceError `invalid_request` for too many pods */
function readWishes({ items, namespace }: ReservationRequest, model: ClusterModel, now: number): Wishes {
  const wishes: Wish[] = [];
  const warnings: string[] = [];
  for (const { manifest, node, count } of items) {
    for (const subject of readSubjects(manifest as Json, { namespace, manyAlike: true }, model).subjects) {
      warnings.push(...subject.warnings);
      if (subject.nodeName !== '' && subject.nodeName !== node) {
        const { workload } = subject;
        warnings.push(
          `${workload.kind}/${workload.namespace}/${workload.name}: spec.nodeName is ignored; name the node beside the manifest`,
        );
      }
      const pods = count ?? subject.workload.replicas;
      if (wishes.length + pods > MAX_PODS) {
        throw new ServiceError('invalid_request', `more than ${MAX_PODS} pods in one request`);
      }
      for (let index = 0; index < pods; index++) {
        wishes.push({ id: reservationId(now), subject, index, pod: replica(subject, index), node: node ?? null });
      }
    }
  }
  if (wishes.length === 0) throw nothingToEvaluate();
  return { wishes, warnings };
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

function decide(draft: Draft, { wishes, warnings }: Wishes, terms: Terms, gang: boolean): Decision<Decided> {
  // Several claims of one request have to see each other.
  const model = wishes.length === 1 ? draft.model : draft.model.fork();
  const changes: Change[] = [];
  const items: ReservationOutcome[] = [];
  for (const wish of wishes) {
    const { id, pod, subject, index } = wish;
    const choice = boundAlready(model, pod) ?? claimDesk(model).choose(wish);
    if ('refused' in choice) {
      if (gang) {
        return refusal(pod, choice, { placed: items.length, requested: wishes.length });
      }
      items.push(refusedOutcome(pod, choice));
      continue;
    }
    const { node } = choice;
    const claimed = claimChange(id, { ...pod, nodeName: node });
    if (wishes.length > 1) model.apply(claimed);
    const row = {
      id,
      namespace: pod.namespace,
      podName: pod.name,
      node,
      status: 'granted',
      ...terms,
      endedAt: null,
      manifest: subject.workload.pod(index),
      consumedByPod: null,
    } as const;
    changes.push({ op: 'reservation', row, model: claimed });
    items.push({ id, pod: podName(pod), node, status: 'granted', expiresAt: terms.expiresAt });
  }
  if (changes.length === 0) {
    const { message = '', shortfall = {}, admission } = items[0]!;
    const first = { refused: message, shortfall, ...(admission === undefined ? {} : { admission }) };
    return refusal(wishes[0]!.pod, first, { items });
  }
  const records = wishes.map(({ pod }) => pod);
  return { changes, result: { items, notEvaluated: notEvaluatedOf(model, records), warnings } };
}

function refusal(
  pod: { readonly namespace: string; readonly name: string },
  { refused: message, shortfall, admission }: Refusal,
  extras: ErrorExtras,
): Decision<Decided> {
  const why = { message, shortfall, ...(admission === undefined ? {} : { admission }) };
  return { changes: [], result: { refused: { detail: `${podName(pod)}: ${message}`, extras: { ...why, ...extras } } } };
}

function refusedOutcome(pod: Wish['pod'], { refused: message, shortfall, admission }: Refusal): ReservationOutcome {
  return {
    id: null,
    pod: podName(pod),
    node: null,
    status: 'refused',
    expiresAt: null,
    message,
    shortfall,
    ...(admission === undefined ? {} : { admission }),
  };
}
