/** The process dies at a named point (`src/store/failpoints.ts`) and is started again. */
import type { Scenario } from '../scenario.js';
import { until } from '../wait.js';
import { importMany } from './imports.js';

/** Before and after every step of a commit, applying to the model and replying among them. */
export const commitSteps = [
  'commit.before-begin',
  'commit.after-lock',
  'commit.before-apply',
  'commit.after-apply',
  'commit.after-decide',
  'commit.before-write',
  'commit.after-write',
  'commit.before-commit',
  'commit.after-commit',
  'commit.before-publish',
  'commit.after-publish',
  'commit.before-reply',
] as const;
/** Of a large import: its manifests are staged, slice by slice, before they are committed. */
export const importSteps = [
  'stage.before-write',
  'stage.after-write',
  'import.before-commit',
  'import.after-commit',
] as const;
/** Of taking in what another replica has written. */
export const followSteps = ['follow.before-apply', 'follow.after-apply'] as const;

type Database = Scenario['database'];

/** Dies at a passage that the seed chooses. */
export function killedAt(point: string, database: Database, short = false): Scenario {
  return {
    name: `killed at ${point}`,
    database,
    replicas: database === 'sqlite' ? 1 : 2,
    firstFollows: point.startsWith('follow.'),
    short,
    fault: async ({ replicas: [{ service }], random, progress, note, expect }) => {
      const hit = 2 + random.below(30);
      note('passage', hit);
      await service.restartWith(`${point}=kill@${hit}`);
      await until(`death at ${point}`, () => service.deaths.length > 0, 60_000);
      expect(
        service.deaths.every((death) => death === 'SIGKILL'),
        `it died of ${service.deaths.join(', ')}`,
      );
      await service.ready();
      await progress(100);
    },
  };
}

/** Dies while an import of its own comes in; asked again under its key, the import is there once and whole. */
export function killedImporting(point: string, database: Database, short = false): Scenario {
  return {
    name: `killed at ${point}`,
    database,
    short,
    fault: async (environment) => {
      const { replicas, random, expect, note, progress } = environment;
      const [{ service }] = replicas;
      const hit = point.startsWith('stage.') ? 1 + random.below(5) : 1;
      note('passage', hit);
      await service.restartWith(`${point}=kill@${hit}`);
      await importMany(environment, 'killed');
      expect(service.deaths.includes('SIGKILL'), `${point} was not passed`);
      await service.ready();
      await progress(50);
    },
  };
}

/** `kill -9` from outside, whatever is going on. */
export function killedThreeTimes(database: Database): Scenario {
  return {
    name: 'kill -9, three times',
    database,
    replicas: database === 'sqlite' ? 1 : 3,
    short: true,
    fault: async ({ replicas, random, progress }) => {
      for (let i = 0; i < 3; i++) {
        const { service } = replicas[i % replicas.length] ?? replicas[0];
        const lives = service.deaths.length;
        await progress(20 + random.below(80));
        service.crash();
        await until('its death', () => service.deaths.length > lives);
        await service.ready();
        await progress(50);
      }
    },
  };
}
