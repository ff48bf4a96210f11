/** Starts and stops the service as a user does, on a free port and with a database of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param {string} script the npm script, `demo` or `start`
 * @returns {Promise<{ base: string, stop: () => Promise<void> }>} once `ready` (a pattern on its output) was printed
 */
export async function startService(script, ready) {
  const folder = mkdtempSync(path.join(tmpdir(), 'stowage-smoke-'));
  const port = await freePort();
  // A process group of its own: npm does not hand signals on to what it starts.
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: root,
    detached: true,
    env: { ...process.env, PORT: String(port), DATABASE_URL: `sqlite:${folder}/stowage.db`, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const printed = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      if (ready.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => reject(new Error(`npm run ${script} ended with ${code}:\n${output}`)));
    setTimeout(() => reject(new Error(`npm run ${script} did not print ${ready}:\n${output}`)), 180_000).unref();
  });
  const stop = async () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended already.
    }
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await printed;
  } catch (error) {
    await stop();
    throw error;
  }
  return { base: `http://127.0.0.1:${port}`, stop };
}
