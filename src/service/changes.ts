/** The change log as clients follow it (API.md 3): in order, gap-free, resumable. */
import type { ChangeEvent, Store } from '../store/store.js';
import type { Clusters, Freshness } from './clusters.js';
import { ServiceError } from './errors.js';

export interface Position {
  readonly revision: number;
  readonly sequence: number;
}

export interface ChangeView {
  readonly revision: number;
  readonly sequence: number;
  readonly type: ChangeEvent['type'];
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: string;
  /** What it takes to replay claims: see `store/change-log.ts`. */
  readonly data: ChangeEvent['data'];
}

export interface ChangesPage {
  readonly items: readonly ChangeView[];
  readonly nextCursor: string;
  readonly revision: number;
}

/** So many events are read at once by those who keep following. */
const FOLLOW_BATCH = 500;
/** A silent stream says so now and then, so that proxies keep it open and a gone client is noticed. */
const HEARTBEAT_MS = 15_000;

/** Behind the last event of a revision: no revision has so many (and databases' integers end here). */
export const END_OF_REVISION = 2 ** 31 - 1;

export function encodePosition({ revision, sequence }: Position): string {
  return Buffer.from(`${revision}.${sequence}`).toString('base64url');
}

/** @throws ServiceError `invalid_request` for anything that `encodePosition` did not make */
export function decodePosition(cursor: string): Position {
  const [, revision, sequence] =
    /^(\d{1,15})\.(\d{1,9}|2147483647)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (revision !== undefined && sequence !== undefined)
    return { revision: Number(revision), sequence: Number(sequence) };
  throw new ServiceError('invalid_request', 'the cursor is none that this service gave');
}

export function changeView({ revision, sequence, type, key, at, data }: ChangeEvent): ChangeView {
  return { revision, sequence, type, ...key, at, data };
}

export class Changes {
  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
  ) {}

  async list(cluster: string, after: Position, limit: number, freshness: Freshness = {}): Promise<ChangesPage> {
    const { revision } = await this.clusters.state(cluster, freshness);
    const events = await this.store.changes(cluster, after, limit);
    const last = events.at(-1);
    return {
      items: events.map(changeView),
      nextCursor: encodePosition(last ?? after),
      revision: Math.max(revision, last?.revision ?? 0),
    };
  }

  /**
   * Batches of events from a position on, for ever; an empty batch is a sign of life. Ends when the signal is aborted.
   *
   * @throws StoreError `revision_expired` at the first batch, or later when the log is compacted under a slow follower
   */
  async *follow(cluster: string, after: Position, signal: AbortSignal): AsyncGenerator<readonly ChangeEvent[]> {
    let position = after;
    while (!signal.aborted) {
      let wake = (): void => {};
      const woken = new Promise<void>((resolve) => (wake = resolve));
      // before reading: what is published in between must not be slept over
      const unsubscribe = this.store.subscribe(cluster, wake);
      const timer = setTimeout(wake, HEARTBEAT_MS);
      signal.addEventListener('abort', wake, { once: true });
      try {
        const events = await this.store.changes(cluster, position, FOLLOW_BATCH);
        position = events.at(-1) ?? position;
        if (events.length > 0) {
          yield events;
          continue;
        }
        await woken;
        if (!signal.aborted) yield [];
      } finally {
        clearTimeout(timer);
        unsubscribe();
        signal.removeEventListener('abort', wake);
      }
    }
  }
}
