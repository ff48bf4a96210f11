/** Every fault of the suite on every database that it can befall. Names say what happens; `short` ones run in CI. */
import { backupUnderWrites } from './faults/backup.js';
import { compaction } from './faults/compaction.js';
import { commitSteps, followSteps, importSteps, killedAt, killedImporting, killedThreeTimes } from './faults/deaths.js';
import { importKilled } from './faults/imports.js';
import { raceForTheLastSlot } from './faults/last-slot.js';
import {
  blackHoled,
  cutAfterCommit,
  databaseKilled,
  databaseUnreachable,
  diskFull,
  diskFullUnderPostgres,
  fsyncFails,
  fsyncFailsUnderPostgres,
} from './faults/storage.js';
import { terminatedUnderLoad } from './faults/termination.js';
import { clockMoved, startedInWrongTime, stopped } from './faults/time.js';
import type { Scenario } from './scenario.js';

const shortDeaths: Readonly<Record<Scenario['database'], readonly string[]>> = {
  sqlite: ['commit.before-commit', 'stage.after-write'],
  postgres: ['commit.after-commit'],
};

const onBoth = (['sqlite', 'postgres'] as const).flatMap((database): Scenario[] => {
  const short = (point: string): boolean => shortDeaths[database].includes(point);
  return [
    ...commitSteps.map((point) => killedAt(point, database, short(point))),
    ...importSteps.map((point) => killedImporting(point, database, short(point))),
    ...(database === 'postgres' ? followSteps.map((point) => killedAt(point, database)) : []),
    killedThreeTimes(database),
    importKilled(database),
    stopped(database),
    clockMoved(database),
    startedInWrongTime(database),
    terminatedUnderLoad(database),
    raceForTheLastSlot(database),
    compaction(database),
    backupUnderWrites(database),
  ];
});

export const scenarios: readonly Scenario[] = [
  ...onBoth,
  diskFull,
  diskFullUnderPostgres,
  fsyncFails,
  fsyncFailsUnderPostgres,
  databaseKilled,
  databaseUnreachable,
  blackHoled,
  cutAfterCommit,
];
