/** Time goes on without the process, or the wall clock jumps. */
import type { Scenario } from '../scenario.js';
import { sleep, until } from '../wait.js';

const HOUR = 3_600_000;

export function stopped(database: Scenario['database']): Scenario {
  return {
    name: 'stopped for ten seconds and resumed',
    database,
    replicas: database === 'sqlite' ? 1 : 3,
    fault: async ({ replicas: [{ service }], progress }) => {
      service.signal('SIGSTOP');
      await sleep(10_000);
      service.signal('SIGCONT');
      await progress(100);
    },
  };
}

/** The services share one clock, and the suite has another. */
export function clockMoved(database: Scenario['database']): Scenario {
  return {
    name: 'the clock moved by an hour, both ways',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    faultySystem: 'service',
    fault: async ({ system, progress, clockJump }) => {
      clockJump(HOUR);
      for (const offset of [HOUR, 0, -HOUR, 0]) {
        system?.moveClock(offset);
        await progress(200);
        await sleep(500);
      }
    },
  };
}

/** A process that starts takes the wrong time for the right one: an hour ahead, then an hour behind, then as it should. */
export function startedInWrongTime(database: Scenario['database']): Scenario {
  return {
    name: 'started while the clock was an hour off',
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    faultySystem: 'service',
    fault: async ({ replicas: [{ service }], system, progress, clockJump }) => {
      // From an hour ahead to an hour behind.
      clockJump(2 * HOUR);
      for (const offset of [HOUR, -HOUR, 0]) {
        system?.moveClock(offset);
        const lives = service.deaths.length;
        service.crash();
        await until('its death', () => service.deaths.length > lives);
        await service.ready();
        await progress(200);
      }
    },
  };
}
