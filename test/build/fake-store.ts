/** A store without a database that knows clusters only: for tests of the server around it. */
import type { ClusterModel } from '../../src/scheduler/model.js';
import { StoreError, type ClusterState, type Store } from '../../src/store/store.js';

const counts = { nodes: 0, pods: 0, pending: 0, reservations: 0 };

export function fakeStore(): Store {
  const states = new Map<string, ClusterState>();
  const add = (name: string, description = '', scheduler: ClusterState['scheduler'] = null): ClusterState => {
    const state: ClusterState = {
      id: states.size + 1,
      name,
      description,
      scheduler,
      revision: 1,
      asOf: null,
      model: { counts } as unknown as ClusterModel,
    };
    states.set(name, state);
    return state;
  };
  const known: Partial<Store> = {
    ready: true,
    address: 'sqlite::memory:',
    async open() {
      add('default');
    },
    async close() {},
    async ping() {},
    clusters: () => [...states.values()],
    cluster: (name) => states.get(name),
    async createCluster(name, description, scheduler) {
      return add(name, description, scheduler);
    },
    async deleteCluster(name) {
      states.delete(name);
    },
  };
  return new Proxy(known as Store, {
    get(target, member) {
      if (member === 'then' || Reflect.has(target, member)) return Reflect.get(target, member) as unknown;
      return () => {
        throw new StoreError('storage_unavailable', `the fake store has no ${String(member)}`);
      };
    },
  });
}
