/** Reading a whole cluster out (API.md 3). */
import type { JsonObject } from '../kubernetes/types.js';
import type { Store } from '../store/store.js';
import type { Clusters, Freshness } from './clusters.js';

export class Snapshots {
  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
  ) {}

  /** Every imported object of one consistent state, in slices, by group, kind, namespace, name. */
  async read(
    cluster: string,
    freshness: Freshness,
  ): Promise<{ revision: number; slices: AsyncIterable<readonly JsonObject[]> }> {
    const { revision } = await this.clusters.state(cluster, freshness);
    return { revision, slices: manifestsOf(this.store, cluster) };
  }
}

async function* manifestsOf(store: Store, cluster: string): AsyncGenerator<readonly JsonObject[]> {
  for await (const slice of store.stream(cluster)) yield slice.map(({ manifest }) => manifest);
}
