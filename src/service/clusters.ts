/** Clusters: made, replaced, described, deleted; and the state that a request about one is answered from. */
import { Faults } from '../kubernetes/faults.js';
import { isObject } from '../kubernetes/manifests.js';
import type { Json, JsonObject } from '../kubernetes/types.js';
import { readConfiguration } from '../scheduler/configuration.js';
import { StoreError, type ClusterState, type Store } from '../store/store.js';
import { invalidManifest, notFound, ServiceError } from './errors.js';

/** DNS-1123 subdomain: labels of at most 63 characters, 253 in all. */
const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`);

const REVISION_WAIT_MS = 3000;

/** What a read may demand of the state that it is answered from. */
export interface Freshness {
  /** Wait at most 3 s for this revision. */
  readonly minRevision?: number;
  /** Seconds that `asOf` may lie back. */
  readonly maxAge?: number;
}

export interface ClusterView {
  readonly name: string;
  readonly description: string;
  readonly scheduler: JsonObject | null;
  readonly revision: number;
  readonly asOf: string | null;
  readonly nodes: number;
  readonly pods: number;
  readonly pending: number;
  readonly reservations: number;
}

interface ClusterSettings {
  readonly description: string;
  readonly scheduler: JsonObject | null;
}

/** `If-Match` and `If-None-Match: *` of a write, as revisions. */
export interface Precondition {
  readonly ifRevision?: number;
  readonly ifAbsent?: boolean;
  /** `If-Match: *` */
  readonly ifPresent?: boolean;
}

export function checkClusterName(name: string): void {
  if (SUBDOMAIN.test(name)) return;
  throw new ServiceError(
    'invalid_request',
    `the cluster name ${JSON.stringify(name.slice(0, 80))} is no DNS-1123 subdomain: lower case letters, digits, "-" and "."`,
  );
}

/** A KubeSchedulerConfiguration that this service can read, or none. @throws ServiceError `invalid_manifest` */
function checkedScheduler(document: Json): JsonObject | null {
  if (document === null) return null;
  const faults = new Faults();
  faults.enter('scheduler');
  if (isObject(document)) readConfiguration(document, faults);
  else faults.wrongType('', document, 'object');
  if (faults.errors.length > 0) throw invalidManifest(faults.errors);
  return document as JsonObject;
}

function view(state: ClusterState): ClusterView {
  const { model } = state;
  return {
    name: state.name,
    description: state.description,
    scheduler: state.scheduler,
    revision: state.revision,
    asOf: state.asOf,
    nodes: model.nodeCount,
    pods: model.podCount,
    pending: model.pendingCount,
    reservations: model.reservationCount,
  };
}

export class Clusters {
  constructor(private readonly store: Store) {}

  /** @throws StoreError `storage_unavailable`; ServiceError `overloaded` while models are not current */
  async ready(): Promise<void> {
    await this.store.ping();
    if (!this.store.ready) throw new ServiceError('overloaded', 'the models are not current yet');
  }

  list(): { items: ClusterView[]; nextCursor: null; total: number } {
    const items = this.store.clusters().map(view);
    return { items, nextCursor: null, total: items.length };
  }

  async get(name: string, freshness: Freshness = {}): Promise<ClusterView> {
    return view(await this.state(name, freshness));
  }

  /**
   * The state that a read is answered from.
   *
   * @throws ServiceError `invalid_request`, `not_found`, `stale_data`; StoreError `revision_not_reached`
   */
  async state(name: string, { minRevision, maxAge }: Freshness = {}): Promise<ClusterState> {
    checkClusterName(name);
    let state = this.store.cluster(name);
    if (minRevision !== undefined && (state?.revision ?? -1) < minRevision) {
      state = await this.store.waitForRevision(name, minRevision, REVISION_WAIT_MS);
    }
    if (!state) throw notFound('Cluster', name);
    if (maxAge !== undefined) {
      const age = state.asOf === null ? Infinity : (Date.now() - Date.parse(state.asOf)) / 1000;
      if (age > maxAge) {
        const since = state.asOf === null ? 'nothing was imported yet' : `it was observed at ${state.asOf}`;
        throw new ServiceError('stale_data', `the data of cluster "${name}" is older than ${maxAge} s: ${since}`, {
          asOf: state.asOf,
          revision: state.revision,
        });
      }
    }
    return state;
  }

  /** Creates the cluster or replaces its description and scheduler configuration; unchanged ones make no revision. */
  async put(
    name: string,
    { description, scheduler }: { readonly description: string; readonly scheduler: Json },
    { ifRevision, ifAbsent, ifPresent }: Precondition = {},
  ): Promise<{ created: boolean; cluster: ClusterView }> {
    checkClusterName(name);
    const settings: ClusterSettings = { description, scheduler: checkedScheduler(scheduler) };
    const existing = this.store.cluster(name);
    if (!existing) {
      if (ifRevision !== undefined || ifPresent === true)
        throw new ServiceError('precondition_failed', `there is no cluster "${name}"`);
      try {
        const state = await this.store.createCluster(name, settings.description, settings.scheduler);
        return { created: true, cluster: view(state) };
      } catch (error) {
        // made by somebody else meanwhile: then this is a replacement, unless only creation was wanted
        if (!(error instanceof StoreError && error.code === 'already_exists') || ifAbsent === true) throw error;
      }
    }
    if (ifAbsent === true) throw new ServiceError('precondition_failed', `there is a cluster "${name}" already`);
    const { revision } = await this.store.commit(name, {
      decide: (draft) => {
        if (ifRevision !== undefined && ifRevision !== draft.revision) {
          throw new ServiceError('precondition_failed', `the cluster is at revision ${draft.revision}`);
        }
        const sameScheduler = JSON.stringify(draft.scheduler) === JSON.stringify(settings.scheduler);
        if (draft.description === settings.description && sameScheduler) return { changes: [], result: null };
        const model = sameScheduler ? null : ({ type: 'scheduler', configuration: settings.scheduler } as const);
        return { changes: [{ op: 'cluster', ...settings, model }], result: null };
      },
    });
    const state = await this.store.waitForRevision(name, revision, REVISION_WAIT_MS);
    return { created: false, cluster: view(state) };
  }

  async delete(name: string, ifRevision?: number): Promise<void> {
    checkClusterName(name);
    if (!this.store.cluster(name)) throw notFound('Cluster', name);
    await this.store.deleteCluster(name, ifRevision);
  }
}
