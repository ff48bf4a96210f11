/** Reading a whole cluster out (API.md 3). */
import type { JsonObject } from '../kubernetes/types.js';
import type { Store, StreamSlice } from '../store/store.js';
import type { Clusters, Freshness } from './clusters.js';
import { notFound } from './errors.js';

export interface Snapshot {
  readonly revision: number;
  readonly slices: AsyncIterable<readonly JsonObject[]>;
  /** Ends the read transaction: to be called in the end, whether the slices were read or not. */
  readonly close: () => void;
}

export class Snapshots {
  constructor(
    private readonly store: Store,
    private readonly clusters: Clusters,
  ) {}

  /** Every imported object of one state, in slices, by group, kind, namespace, name. */
  async read(cluster: string, freshness: Freshness): Promise<Snapshot> {
    await this.clusters.state(cluster, freshness);
    const stream = this.store.stream(cluster)[Symbol.asyncIterator]();
    // what is streamed may be of a later revision than what the model was at a moment ago
    const first = await stream.next();
    if (first.done === true) throw notFound('Cluster', cluster);
    return {
      revision: first.value.revision,
      slices: manifestsOf(first.value, stream),
      close: () => void stream.return?.(),
    };
  }
}

async function* manifestsOf(
  first: StreamSlice,
  rest: AsyncIterator<StreamSlice>,
): AsyncGenerator<readonly JsonObject[]> {
  let slice: StreamSlice | undefined = first;
  while (slice !== undefined) {
    yield slice.objects.map(({ manifest }) => manifest);
    const next: IteratorResult<StreamSlice> = await rest.next();
    slice = next.done === true ? undefined : next.value;
  }
}
