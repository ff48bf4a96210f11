import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FaultySystem } from './faulty-system.js';

const compiler = ((): boolean => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
})();
const folder = mkdtempSync(path.join(tmpdir(), 'stowage-faults-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that does one thing whenever it reads a line and prints the outcome. */
async function probe(system: FaultySystem, act: string): Promise<{ ask: () => Promise<string>; stop: () => void }> {
  const script = `const fs = require('node:fs'); const fd = fs.openSync(${JSON.stringify(path.join(folder, 'probe'))}, 'w');
    process.stdin.on('data', () => { try { console.log(${act}); } catch (error) { console.log(error.code); } });`;
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, ...system.environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child, 'spawn');
  const ask = async (): Promise<string> => {
    const answered = once(child.stdout, 'data');
    child.stdin.write('\n');
    return String((await answered)[0]).trim();
  };
  return { ask, stop: () => child.kill('SIGKILL') };
}

describe.skipIf(!compiler)('FaultySystem (needs Linux and a C compiler)', () => {
  it('moves the wall clock, both ways, and back', async () => {
    const system = new FaultySystem(folder, 'clock');
    const { ask, stop } = await probe(system, 'Date.now()');
    const hour = 3_600_000;
    for (const offset of [0, hour, -hour, 0]) {
      system.moveClock(offset);
      expect(Math.abs(Number(await ask()) - Date.now() - offset)).toBeLessThan(5000);
    }
    stop();
  });

  it('fills the disk and frees it', async () => {
    const system = new FaultySystem(folder, 'disk');
    const { ask, stop } = await probe(system, 'fs.writeSync(fd, "x")');
    expect(await ask()).toBe('1');
    system.diskFull = true;
    expect(await ask()).toBe('ENOSPC');
    system.diskFull = false;
    expect(await ask()).toBe('1');
    stop();
  });

  it('lets a full disk keep what it has, and grow no more', async () => {
    const system = new FaultySystem(folder, 'growth');
    const file = path.join(folder, 'probe');
    const overwrite = await probe(system, 'fs.writeSync(fd, "x", 0)');
    const append = await probe(system, `fs.writeSync(fs.openSync(${JSON.stringify(file)}, "a"), "x")`);
    const asked = async (): Promise<string[]> => [await overwrite.ask(), await append.ask()];
    expect(await asked()).toEqual(['1', '1']);
    system.diskGrows = false;
    expect(await asked()).toEqual(['1', 'ENOSPC']);
    system.diskGrows = true;
    expect(await asked()).toEqual(['1', '1']);
    overwrite.stop();
    append.stop();
  });

  it('fails fsync and lets it pass again', async () => {
    const system = new FaultySystem(folder, 'fsync');
    const { ask, stop } = await probe(system, 'String(fs.fsyncSync(fd))');
    expect(await ask()).toBe('undefined');
    system.fsyncFails = true;
    expect(await ask()).toBe('EIO');
    system.fsyncFails = false;
    expect(await ask()).toBe('undefined');
    stop();
  });
});
