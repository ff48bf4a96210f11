/** DATABASE_URL, read. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type DatabaseUrl =
  | {
      readonly dialect: 'sqlite';
      readonly path: string;
      /** `?max_page_count=`: the file may not grow beyond so many pages of 8 KiB; null: as the disk allows. */
      readonly maxPages: number | null;
      /** Folder to remove at the end; null for a file of the user's. */
      readonly temporary: string | null;
    }
  | { readonly dialect: 'postgres'; readonly connection: string };

/**
 * `sqlite:<path>` (the folder is made; `?max_page_count=` bounds its size), `sqlite::memory:` (a private temporary file: a worker thread and a reader could
 * not share a database that lives in one connection), `postgres://…`.
 *
 * @throws TypeError for anything else
 */
export function readDatabaseUrl(text: string): DatabaseUrl {
  if (/^postgres(ql)?:\/\//.test(text)) return { dialect: 'postgres', connection: text };
  if (text === 'sqlite::memory:') {
    const temporary = mkdtempSync(path.join(tmpdir(), 'stowage-'));
    return { dialect: 'sqlite', path: path.join(temporary, 'stowage.db'), maxPages: null, temporary };
  }
  const [, file, pages] = /^sqlite:(?:\/\/(?=\/))?([^?]+)(?:\?max_page_count=(\d+))?$/.exec(text) ?? [];
  if (file === undefined) throw new TypeError(`DATABASE_URL: cannot read "${text}"`);
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const maxPages = pages === undefined ? null : Number(pages);
  return { dialect: 'sqlite', path: path.resolve(file), maxPages, temporary: null };
}
