/**
 * The change log is compacted under followers that are too slow for it, and under a replica that stands still: both find
 * that the log no longer reaches back to them (410), begin anew with a snapshot, and know in the end what is stored.
 */
import { PollingFollower } from '../follower.js';
import type { Scenario } from '../scenario.js';
import { sleep, until } from '../wait.js';

export function compaction(database: Scenario['database']): Scenario {
  return {
    name: 'compaction under slow followers',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    slowFollowers: 3,
    environment: { CHANGES_KEPT: '500', MAINTENANCE_INTERVAL_MS: '500' },
    fault: async ({ replicas, followers, progress, note, expect }) => {
      const slow = followers.filter(({ name }) => name.startsWith('slow-'));
      const overtaken = (): boolean => slow.every(({ seen }) => seen.compactions >= 2);
      await until('slow followers are overtaken twice', overtaken, 90_000);
      // Between two steps of the compaction itself: the floor has moved, the rows are still there.
      const [{ service }, other] = replicas;
      await service.restartWith('compact.after-floor=kill@2');
      await until('death at compact.after-floor', () => service.deaths.length > 0, 60_000);
      await service.ready();
      await progress(100);
      if (other !== undefined) {
        // A whole replica as slow follower: it takes its state from the rows, and goes on to answer and to decide.
        other.service.signal('SIGSTOP');
        await progress(1500, 120_000);
        await sleep(1500);
        other.service.signal('SIGCONT');
        await other.service.ready();
        await progress(100);
      }
      for (const follower of slow) if (follower instanceof PollingFollower) follower.hurry();
      note(
        'followers overtaken',
        slow.reduce((sum, { seen }) => sum + seen.compactions, 0),
      );
      const quick = followers.filter((follower) => !slow.includes(follower));
      expect(
        quick.every(({ seen }) => seen.compactions === 0),
        'a follower that kept up was overtaken',
      );
    },
  };
}
