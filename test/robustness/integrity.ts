import path from 'node:path';
import Database from 'better-sqlite3';

/** SQLite's own judgement of the database file in the folder, as a truth and its sentence. */
export function integrity(folder: string): [boolean, string] {
  const database = new Database(path.join(folder, 'stowage.db'), { readonly: true });
  const result = database.pragma('integrity_check', { simple: true });
  database.close();
  return [result === 'ok', `integrity_check: ${String(result)}`];
}
