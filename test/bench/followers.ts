/** How far behind what is committed a replica is: under load, and after it has slept through 100,000 events. */
import type { ClusterStore } from '../../src/store/cluster-store.js';
import { openStore } from '../../src/store/open-store.js';
import type { Change } from '../../src/store/store.js';
import { podManifest, readRecord } from '../build/cluster.js';
import type { Server } from './server.js';

const SAMPLE_MS = 50;

/**
 * Samples while `until` runs: a revision that one replica has answered with, and the milliseconds until the other answers
 * from it. An upper bound of the lag: the other's own time to answer is in it.
 */
export async function lags(from: Server, to: Server, until: Promise<unknown>): Promise<number[]> {
  const over = new AbortController();
  void until.finally(() => over.abort()).catch(() => undefined);
  const samples: number[] = [];
  while (!over.signal.aborted) {
    const { revision } = (await (await fetch(`${from.base}/v1/clusters/default`)).json()) as { revision: number };
    const began = performance.now();
    const answer = await fetch(`${to.base}/v1/clusters/default?minRevision=${revision}`);
    await answer.arrayBuffer();
    samples.push(answer.ok ? performance.now() - began : Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  return samples;
}

/** Milliseconds that a store which is `events` behind takes to be current. */
export async function catchingUp(url: string, events: number): Promise<number> {
  const open = async (pollMs: number): Promise<ClusterStore> => {
    const store = openStore(url, { pollMs, maintenanceMs: 0 });
    await store.open();
    return store;
  };
  const writer = await open(1000);
  try {
    const cluster = 'behind';
    await writer.createCluster(cluster, '', null);
    // Following, and asleep: it looks when it is asked for a revision.
    const follower = openStore(url, { pollMs: 600_000, maintenanceMs: 0, follow: true });
    await follower.open();
    try {
      for (let done = 0; done < events; done += 5000) {
        const changes = Array.from({ length: Math.min(5000, events - done) }, (_, index) => putPod(done + index));
        const keys = changes.map(({ key }) => key);
        await writer.commit(cluster, {
          load: { keys, manifests: false },
          decide: () => ({ changes, result: null }),
        });
      }
      const { revision } = writer.cluster(cluster)!;
      const began = performance.now();
      await follower.waitForRevision(cluster, revision, 120_000);
      return performance.now() - began;
    } finally {
      await follower.close();
    }
  } finally {
    await writer.close();
  }
}

function putPod(index: number): Change & { op: 'put' } {
  const size = { namespace: 'behind', tier: 'front', cpu: '10m', memory: '16Mi' };
  const manifest = podManifest('app', `app-${index}`, `node-${index % 5000}`, size, {});
  const pod = readRecord(manifest);
  const { namespace, name } = pod;
  return {
    op: 'put',
    key: { group: '', kind: 'Pod', namespace, name },
    manifest: JSON.stringify(manifest),
    hash: String(index),
    labels: null,
    model: { type: 'pod', namespace, name, pod },
  };
}
