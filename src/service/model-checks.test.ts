import { describe, expect, it } from 'vitest';
import type { ClusterState, Verification } from '../store/store.js';
import { ModelChecks } from './model-checks.js';

const states = ['a', 'b'].map((name) => ({ name }) as ClusterState);

function checksOver(verify: (cluster: string) => Promise<Partial<Verification>>): {
  checks: ModelChecks;
  reported: [string, boolean][];
} {
  const reported: [string, boolean][] = [];
  const store = { clusters: () => states, verify: async (name: string) => (await verify(name)) as Verification };
  return { checks: new ModelChecks(store, (cluster, { equal }) => reported.push([cluster, equal])), reported };
}

describe('ModelChecks', () => {
  it('takes one cluster after another', async () => {
    const { checks, reported } = checksOver(async (name) => ({ met: true, equal: name === 'a' }));
    for (let i = 0; i < 3; i++) await checks.sample();
    expect(reported).toEqual([
      ['a', true],
      ['b', false],
      ['a', true],
    ]);
  });

  it('says nothing of a comparison that the writes outran', async () => {
    const { checks, reported } = checksOver(async () => ({ met: false, equal: false }));
    await checks.sample();
    expect(reported).toEqual([]);
  });

  it('goes on after a comparison that failed', async () => {
    let calls = 0;
    const { checks, reported } = checksOver(async () => {
      if (++calls === 1) throw new Error('no database');
      return { met: true, equal: true };
    });
    await expect(checks.sample()).rejects.toThrow('no database');
    await checks.sample();
    expect(reported).toEqual([['b', true]]);
  });
});
