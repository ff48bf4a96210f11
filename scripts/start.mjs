/** `npm start`: serves the built service, building it first when needed. */
import { buildWhenStale } from './build-when-stale.mjs';

buildWhenStale();
await import('../dist/src/main.js');
