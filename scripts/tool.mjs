/** `node scripts/tool.mjs <file below test/> [arguments]`: builds when needed, then runs the compiled file. */
import { buildWhenStale } from './build-when-stale.mjs';

const [file] = process.argv.splice(2, 1);
await buildWhenStale('tools');
await import(`../dist/test/${file}`);
