import { expect, it } from 'vitest';
import { seededRandom } from '../../test/build/random.js';
import { SharedMap } from './shared-map.js';

it('holds what a Map holds, in every fork', () => {
  const random = seededRandom(1);
  let [map, model] = [new SharedMap(), new Map<string, number>()];
  const kept: [SharedMap, Map<string, number>][] = [];
  for (let step = 0; step < 20_000; step++) {
    const key = `k${Math.floor(random() * 2000)}`;
    if (random() < 0.3) {
      map.delete(key);
      model.delete(key);
    } else {
      map.set(key, step);
      model.set(key, step);
    }
    expect(map.get(key)).toBe(model.get(key));
    // long stretches without a fork as well as short ones
    if (step % (step < 12_000 ? 500 : 3000) !== 0) continue;
    kept.push([map, model]);
    [map, model] = [map.fork(), new Map(model)];
  }
  for (const [fork, expected] of [...kept, [map, model] as const]) {
    expect(fork.size).toBe(expected.size);
    expect(new Map(fork)).toEqual(expected);
  }
});
