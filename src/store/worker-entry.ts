/** Where the compiled entry points of worker threads are. */
import { pathToFileURL } from 'node:url';
import process from 'node:process';

/**
 * A worker thread runs JavaScript only: the file beside this one's once compiled. From sources (tests), the copy that
 * the test run compiled beforehand and named in STOWAGE_WORKERS.
 */
export function workerEntry(name: string): URL {
  if (import.meta.url.endsWith('.js')) return new URL(`../worker/${name}.js`, import.meta.url);
  const compiled = process.env['STOWAGE_WORKERS'];
  if (compiled === undefined) throw new Error('running from sources needs STOWAGE_WORKERS, see test/global-setup.ts');
  return pathToFileURL(`${compiled}/src/worker/${name}.js`);
}
