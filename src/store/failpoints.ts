/**
 * Named points at which the robustness suite makes the process fail: before and after every step of a commit, of bulk
 * staging, of applying to a model and of replying. Nothing happens unless STOWAGE_FAILPOINTS names the point.
 *
 * STOWAGE_FAILPOINTS is a `;`-separated list of `name=action[@hit]`; `hit` (default 1) is the first passage that acts:
 * - `kill`: SIGKILL to the process, as a power cut would
 * - `error`: throws
 * - `exit`: ends the thread it happens in (the storage thread on SQLite), the process in the main thread
 * - `delay:<ms>`: blocks the thread so long
 */
import process from 'node:process';

interface Failpoint {
  readonly action: string;
  hitsLeft: number;
}

const enabled = parse(process.env['STOWAGE_FAILPOINTS'] ?? '');

/** Passes the named point; see the head of this file. */
export function failpoint(name: string): void {
  if (enabled.size === 0) return;
  const point = enabled.get(name);
  if (point === undefined) return;
  point.hitsLeft -= 1;
  if (point.hitsLeft > 0) return;
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (point.action === 'exit') process.exit(1);
  if (point.action === 'error') throw new Error(`failpoint ${name}`);
  if (point.action.startsWith('delay:')) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(point.action.slice('delay:'.length)));
  }
}

/** For tests in process: replaces what STOWAGE_FAILPOINTS said. */
export function enableFailpoints(text: string): void {
  enabled.clear();
  for (const [name, point] of parse(text)) enabled.set(name, point);
}

function parse(text: string): Map<string, Failpoint> {
  const points = new Map<string, Failpoint>();
  for (const entry of text.split(';')) {
    const [, name, action, hit] = /^([\w.-]+)=(kill|error|exit|delay:\d+)(?:@(\d+))?$/.exec(entry.trim()) ?? [];
    if (name !== undefined && action !== undefined) points.set(name, { action, hitsLeft: Number(hit ?? 1) });
    else if (entry.trim() !== '') throw new Error(`STOWAGE_FAILPOINTS: cannot read "${entry.trim()}"`);
  }
  return points;
}
