/**
 * Compiles to dist/, bundled to start fast, unless dist/ is newer than everything it is made of. So `npm start` works after `npm ci` alone, and
 * starts at once when nothing changed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** tsconfig.<name>.json → the folders it compiles. */
const projects = {
  build: ['src', 'migrations'],
  tools: ['src', 'migrations', 'test/bench', 'test/build', 'test/conformance', 'test/robustness'],
};

function newest(project) {
  const sources = projects[project].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => path.join(folder, file)),
  );
  const files = [...sources, 'tsconfig.json', `tsconfig.${project}.json`, 'package-lock.json', 'scripts/bundle.mjs'];
  return Math.max(...files.map((file) => statSync(path.join(root, file)).mtimeMs));
}

/** @param {'build' | 'tools'} project the service alone, or with what measures and tries it */
export async function buildWhenStale(project = 'build') {
  // An image carries dist/ without the sources.
  if (!existsSync(path.join(root, 'src'))) return;
  const stamp = path.join(root, 'dist', `.${project}`);
  const startedAt = new Date();
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest(project)) return;
  process.stderr.write('Building…\n');
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [tsc, '-p', `tsconfig.${project}.json`], {
    cwd: root,
    stdio: 'inherit',
  });
  if (compiled.status !== 0) {
    process.stderr.write('The build failed; nothing was started.\n');
    process.exit(1);
  }
  // Loaded here: a start that builds nothing needs no bundler.
  const { bundle } = await import('./bundle.mjs');
  await bundle();
  writeFileSync(stamp, '');
  // What is edited while the compiler runs makes the next start build again.
  utimesSync(stamp, startedAt, startedAt);
}
