/**
 * Staged manifests (ADR 0003): a bulk write puts its manifests into the database in short transactions of their own,
 * before the commit that refers to them, so that no lock is held while 150,000 of them are written.
 */
import { failpoint } from './failpoints.js';
import type { PackedTexts } from './packed-texts.js';
import { manifestId } from './rows.js';
import { execute, rowsOf, select, slices, type Database, type Session } from './session.js';
import { StoreError, type Stage, type StagedManifest, type StagedSlice } from './store.js';

/** Manifest ids taken at once; those of a block that are not used in the end are no loss. */
const IDS_A_BLOCK = 8192;
const REMOVALS_A_STEP = 1000;

type Use = StagedManifest['used'];
const uses: readonly Use[] = ['no', 'yes', 'unknown'];

/** Consecutive ids and what became of each. */
class Slice implements StagedSlice {
  /** By place, as an index of `uses`. */
  readonly use: Uint8Array;

  constructor(
    readonly first: number,
    size: number,
  ) {
    this.use = new Uint8Array(size);
  }

  ticket(index: number): StagedManifest {
    return new Ticket(this, index);
  }

  /** Keys of the manifests that no commit has used. */
  unused(): [number][] {
    return Array.from(this.use.keys())
      .filter((index) => this.use[index] === 0)
      .map((index) => [this.first + index]);
  }

  get unknown(): boolean {
    return this.use.includes(uses.indexOf('unknown'));
  }
}

/** A commit holds one for every manifest that it uses: two words, no more. */
class Ticket implements StagedManifest {
  constructor(
    private readonly slice: Slice,
    private readonly index: number,
  ) {}

  get staged(): number {
    return this.slice.first + this.index;
  }

  get used(): Use {
    return uses[this.slice.use[this.index]!]!;
  }

  set used(value: Use) {
    this.slice.use[this.index] = uses.indexOf(value);
  }
}

export class ManifestStage implements Stage {
  private readonly staged: Slice[] = [];
  private readonly blocks: number[] = [];
  private next = 0;
  private end = 0;

  constructor(
    private readonly database: Database,
    private readonly clusterId: number,
    private readonly now: () => number,
  ) {}

  async add(manifests: PackedTexts): Promise<StagedSlice> {
    const size = manifests.ends.length;
    if (size > IDS_A_BLOCK) throw new RangeError(`${size} manifests are too many for one slice`);
    if (this.end - this.next < size) await this.takeBlock();
    const first = this.next;
    this.next += size;
    const slice = new Slice(first, size);
    if (size === 0) return slice;
    this.staged.push(slice);
    failpoint('stage.before-write');
    await this.database.write((session) =>
      session.run([{ op: 'manifests', first, bodies: manifests }, { op: 'commit' }]),
    );
    failpoint('stage.after-write');
    return slice;
  }

  async dispose(): Promise<void> {
    if (this.blocks.length === 0) return;
    for (const keys of slices(
      this.staged.flatMap((slice) => slice.unused()),
      REMOVALS_A_STEP,
    )) {
      await this.database.write((session) =>
        session.run([{ op: 'remove', table: 'manifest', keys }, { op: 'commit' }]),
      );
    }
    if (this.staged.some(({ unknown }) => unknown)) return;
    const keys = this.blocks.map((first) => [first]);
    await this.database.write((session) =>
      session.run([{ op: 'remove', table: 'manifest_stage', keys }, { op: 'commit' }]),
    );
  }

  private async takeBlock(): Promise<void> {
    const { clusterId } = this;
    await this.database.write(async (session) => {
      await session.run([
        execute('UPDATE cluster SET manifests = manifests + ? WHERE id = ? AND deleted = 0', IDS_A_BLOCK, clusterId),
      ]);
      const [row] = await rowsOf(
        session,
        select('SELECT manifests FROM cluster WHERE id = ? AND deleted = 0', clusterId),
      );
      if (row === undefined) throw new StoreError('not_found', 'the cluster is gone');
      this.end = manifestId(clusterId, row[0] as number);
      this.next = this.end - IDS_A_BLOCK;
      const block = [this.next, clusterId, IDS_A_BLOCK, new Date(this.now()).toISOString()];
      await session.run([{ op: 'upsert', table: 'manifest_stage', rows: [block] }, { op: 'commit' }]);
    });
    this.blocks.push(this.next);
  }
}

/** Removes what stages older than `before` have left behind because their process died. */
export async function sweepStages(database: Database, before: string): Promise<number> {
  const abandoned = await database.read((session) =>
    rowsOf(session, select('SELECT first_id, cluster_id, size FROM manifest_stage WHERE at < ?', before)),
  );
  let removed = 0;
  for (const [first, clusterId, size] of abandoned as readonly [number, number, number][]) {
    removed += await database.write((session) => sweepBlock(session, first, clusterId, size));
  }
  return removed;
}

async function sweepBlock(session: Session, first: number, clusterId: number, size: number): Promise<number> {
  const block = 'manifest_id >= ? AND manifest_id < ?';
  const used = ['node', 'pod', 'object'].map(
    (table) => `SELECT manifest_id FROM ${table} WHERE cluster_id = ? AND ${block}`,
  );
  const params = [clusterId, first, first + size];
  const sql = `DELETE FROM manifest WHERE id >= ? AND id < ? AND id NOT IN (${used.join(' UNION ALL ')})`;
  const [results] = await session.run([
    execute(sql, first, first + size, ...params, ...params, ...params),
    { op: 'remove', table: 'manifest_stage', keys: [[first]] },
    { op: 'commit' },
  ]);
  return Number(results![0]![0]);
}
