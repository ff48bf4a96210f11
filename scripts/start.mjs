/** `npm start`: serves the built service, building it first when needed. */
import { buildWhenStale } from './build-when-stale.mjs';

await buildWhenStale();
await import('../dist/service/main.js');
