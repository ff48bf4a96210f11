/**
 * Makes of the compiled service and its packages one file for each thread: dist/service/main.js and dist/worker/*.js.
 * Two thousand small modules cost a start more than everything else it does (docs/adr/0006-one-file-to-start.md).
 * Nothing is renamed or minified: a stack names functions, and a comment above each part says which file it was.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Below dist/src → below dist. The folders lie beside each other there too: `src/store/worker-entry.ts` counts on it. */
const entries = {
  'main.js': 'service/main.js',
  'worker/questions.js': 'worker/questions.js',
  'worker/import.js': 'worker/import.js',
  'worker/store-writer.js': 'worker/store-writer.js',
};

/** Stay packages: native code, or files found beside their own. */
const external = [/^better-sqlite3$/, /^@fastify\/static$/, /^swagger-ui-dist/, /^pino$/];

/** Asked for by packages that do without them. */
const optional = [
  /^pg-native$/,
  /^@nestjs\/(microservices|websockets|platform-express)/,
  /^@fastify\/(multipart|view)$/,
  /^class-transformer\/storage$/,
];

export async function bundle() {
  await Promise.all(
    Object.entries(entries).map(async ([from, to]) => {
      const build = await rolldown({
        cwd: root,
        input: path.join(root, 'dist', 'src', from),
        platform: 'node',
        external: [...external, ...optional],
        onLog(level, log, handle) {
          // What cannot be found must be known above: it would fail in the middle of a start.
          if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
          if (level === 'warn' && !log.id?.includes('node_modules')) handle(level, log);
        },
      });
      // Class names are names of schemas and of injected parts, and two packages may have the same.
      await build.write({ file: path.join(root, 'dist', to), format: 'esm', keepNames: true, codeSplitting: false });
      await build.close();
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
