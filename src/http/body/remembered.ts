/**
 * Documents of bodies that were read before, by their text: dashboards and CI gates send the same manifest again and
 * again, and what was learnt of a document (`planning/remembered-subject.ts`) is found again by its identity. Nobody
 * changes a document after it was read.
 */
import type { Json } from '../../kubernetes/types.js';
import { SeenBefore } from '../../scheduler/seen-before.js';

/** Characters of one text, and of all texts together. */
const MAX_TEXT = 64 * 1024;
const MAX_TEXTS = 4 * 1024 * 1024;

/** The least recently used ones go first. */
export class RememberedDocuments {
  private readonly byText = new Map<string, readonly Json[]>();
  private readonly seen = new SeenBefore();
  private characters = 0;

  get(text: string): readonly Json[] | undefined {
    const documents = this.byText.get(text);
    if (documents === undefined) return undefined;
    // the last of a Map's keys is the one set last
    this.byText.delete(text);
    this.byText.set(text, documents);
    return documents;
  }

  /** Of texts that come up again: what is sent once is not kept. */
  add(text: string, documents: readonly Json[]): void {
    if (text.length > MAX_TEXT || !this.seen.check(text)) return;
    this.byText.set(text, documents);
    this.characters += text.length;
    for (const [oldest] of this.byText) {
      if (this.characters <= MAX_TEXTS) return;
      this.byText.delete(oldest);
      this.characters -= oldest.length;
    }
  }
}
