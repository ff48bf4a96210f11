/** Holds the models of a store under test against its rows, always. */
import { expect } from 'vitest';
import type { ClusterStore } from '../../src/store/cluster-store.js';

/** From now on every commit of the store resolves only after its model was compared with what the rows make. */
export function checkEveryCommit(store: ClusterStore): void {
  const commit = store.commit.bind(store);
  store.commit = async (cluster, request) => {
    const committed = await commit(cluster, request);
    await expectTrueModel(store, cluster);
    return committed;
  };
}

/** The model equals its rows; says nothing where they cannot be read, or never stood still at one revision. */
export async function expectTrueModel(store: ClusterStore, cluster: string): Promise<void> {
  const result = await store.verify(cluster).catch(() => null);
  if (result !== null && result.met) expect(result.published, `checksum of ${cluster}`).toBe(result.stored);
}
