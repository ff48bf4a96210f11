/** The texts of a list met so far. Most lists are short: only a long one is worth a Set. */
export class Seen {
  private last: Link | undefined;
  private count = 0;
  private many: Set<string> | undefined;

  has(text: string): boolean {
    if (this.many !== undefined) return this.many.has(text);
    for (let link = this.last; link !== undefined; link = link.before) if (link.text === text) return true;
    return false;
  }

  add(text: string): void {
    if (this.many !== undefined) this.many.add(text);
    else {
      this.last = { text, before: this.last };
      if (++this.count > 16) this.many = this.toSet();
    }
  }

  private toSet(): Set<string> {
    const texts = new Set<string>();
    for (let link = this.last; link !== undefined; link = link.before) texts.add(link.text);
    return texts;
  }
}

interface Link {
  readonly text: string;
  readonly before: Link | undefined;
}
