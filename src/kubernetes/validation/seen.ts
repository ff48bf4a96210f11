/** The texts of a list met so far. Most lists are short: only a long one is worth a Set. */
export class Seen {
  private readonly few: string[] = [];
  private many: Set<string> | undefined;

  has(text: string): boolean {
    return this.many === undefined ? this.few.includes(text) : this.many.has(text);
  }

  add(text: string): void {
    if (this.many !== undefined) this.many.add(text);
    else if (this.few.push(text) > 16) this.many = new Set(this.few);
  }
}
