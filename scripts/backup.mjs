/**
 * `npm run backup -- <file>`: a consistent copy of the SQLite database that DATABASE_URL names, while the service runs
 * and writes. For PostgreSQL use pg_dump (docs/operations.md).
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

const [target] = process.argv.slice(2);
const url = process.env.DATABASE_URL || 'sqlite:./data/stowage.db';
const source = /^sqlite:(?!:memory:)(.+)$/.exec(url)?.[1];
if (target === undefined || source === undefined || !existsSync(source) || existsSync(target)) {
  console.error(
    target === undefined
      ? 'Usage: npm run backup -- <file>'
      : source === undefined
        ? `DATABASE_URL is ${url}; this copies SQLite files only`
        : existsSync(target)
          ? `${target} is there already`
          : `${source} is not there`,
  );
  process.exit(2);
}
const database = new Database(source, { fileMustExist: true });
// One transaction's view: a backup page by page would start over with every write of the service.
database.prepare('VACUUM INTO ?').run(target);
database.close();
const copy = new Database(target, { readonly: true });
const verdict = copy.pragma('integrity_check', { simple: true });
copy.close();
console.log(`${target}: integrity_check ${verdict}`);
process.exit(verdict === 'ok' ? 0 : 1);
