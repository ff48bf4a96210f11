/**
 * Compiles src/ and migrations/ to dist/ unless dist/ is newer than everything it is made of. So `npm start` works after
 * `npm ci` alone, and starts at once when nothing changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stamp = path.join(root, 'dist', '.built');
const sources = ['src', 'migrations'];
const settings = ['tsconfig.json', 'tsconfig.build.json', 'package.json'];

function newest() {
  const files = sources.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, file)),
  );
  return Math.max(...[...files, ...settings].map((file) => statSync(path.join(root, file)).mtimeMs));
}

export function buildWhenStale() {
  // An image or package carries dist/ without the sources.
  if (!existsSync(path.join(root, 'src'))) return;
  const startedAt = new Date();
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest()) return;
  process.stderr.write('Building…\n');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write('The build failed; nothing was started.\n');
    process.exit(1);
  }
  writeFileSync(stamp, '');
  // What is edited while the compiler runs makes the next start build again.
  utimesSync(stamp, startedAt, startedAt);
}
