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
    // The replica that is going to stand still gets no writes: they would wait for it.
    firstFollows: database === 'postgres',
    slowFollowers: 3,
    environment: { CHANGES_KEPT: '1000', MAINTENANCE_INTERVAL_MS: '500' },
    fault: async ({ replicas: [{ service: first }, second], followers, progress, note, expect }) => {
      const [recorder, ...others] = followers;
      const slow = others.filter(({ name }) => name.startsWith('slow-'));
      await until('slow followers are overtaken', () => slow.every(({ seen }) => seen.compactions > 0), 120_000);
      // Between two steps of the compaction itself: the floor has moved, the rows are still there.
      const writing = second?.service ?? first;
      await writing.restartWith('compact.after-floor=kill@2');
      await until('death at compact.after-floor', () => writing.deaths.length > 0, 60_000);
      await writing.ready();
      await progress(100);
      if (writing !== first) {
        // A whole replica as slow follower: it takes its state from the rows, and goes on to answer.
        first.signal('SIGSTOP');
        try {
          await progress(1500, 120_000);
          await sleep(1500);
        } finally {
          first.signal('SIGCONT');
        }
        await first.ready();
        await progress(100);
      }
      for (const follower of slow) if (follower instanceof PollingFollower) follower.hurry();
      note(
        'times overtaken',
        slow.reduce((sum, { seen }) => sum + seen.compactions, 0),
      );
      expect(recorder?.seen.compactions === 0, 'the follower that keeps up was overtaken');
    },
  };
}
