/**
 * The first five minutes of a newcomer: `npm run demo`, the README's examples with the output it promises, the Swagger
 * page in a browser, Ctrl-C. Run by .ci/run; `npm run smoke`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { openSwagger } from './browser.mjs';
import { startService } from './service.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const screenshots = path.resolve(here, '../../coverage');
const failures = [];

console.log('Starting: npm run demo');
const service = await startService('demo', /Ctrl-C stops it/);
try {
  const examples = spawnSync(process.execPath, [path.join(here, 'readme-examples.mjs'), service.base], {
    stdio: 'inherit',
  });
  if (examples.status !== 0) failures.push('README.md promises other output');

  // The bundle must not have changed what classes are called: schemas are named after them.
  const served = await (await fetch(`${service.base}/openapi.json`)).json();
  const committed = JSON.parse(readFileSync(path.resolve(here, '../../openapi.json'), 'utf8'));
  if (!isDeepStrictEqual(served, committed)) failures.push('/openapi.json is not the committed document');

  mkdirSync(screenshots, { recursive: true });
  const { operations, complaints } = await openSwagger(service.base, path.join(screenshots, 'swagger.png'));
  console.log(`Swagger UI shows ${operations} operations; screenshot in coverage/swagger.png`);
  failures.push(...complaints.map((complaint) => `Swagger UI: ${complaint}`));
  if (operations < 10) failures.push(`Swagger UI shows ${operations} operations only`);
} finally {
  const before = Date.now();
  await service.stop();
  const took = Date.now() - before;
  console.log(`Stopped ${took} ms after SIGTERM`);
  if (took > 5000) failures.push(`It took ${took} ms to stop`);
}
if (failures.length > 0) {
  console.error(failures.join('\n'));
  process.exit(1);
}
console.log('Smoke test passed');
