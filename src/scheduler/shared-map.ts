/**
 * A map by text that forks cheaply. Entries lie in small shards by their hash: a fork copies the list of shards, and the
 * first write to a shard after it copies that one. Shards are plain lists, which are copied in one piece and soon searched.
 */
import { hashText } from './bytes.js';

/** A key, its value, the next key, … */
type Shard = (string | number)[];

const empty: Shard = [];

/** A power of two. */
const firstShards = 64;
/** Entries a shard, on average, at most. */
const crowded = 16;

export class SharedMap {
  private shards: Shard[] = Array.from({ length: firstShards }, () => empty);
  /** 1: the shard is this map's alone. */
  private own = new Uint8Array(firstShards);
  size = 0;

  fork(): SharedMap {
    const copy = new SharedMap();
    this.own.fill(0);
    copy.shards = this.shards.slice();
    copy.own = new Uint8Array(this.own.length);
    copy.size = this.size;
    return copy;
  }

  get(key: string): number | undefined {
    const shard = this.shards[this.at(key)]!;
    const place = placeOf(shard, key);
    return place < 0 ? undefined : (shard[place + 1] as number);
  }

  set(key: string, value: number): void {
    const shard = this.writable(this.at(key));
    const place = placeOf(shard, key);
    if (place >= 0) {
      shard[place + 1] = value;
      return;
    }
    shard.push(key, value);
    this.size++;
    if (this.size > this.shards.length * crowded) this.grow();
  }

  delete(key: string): void {
    const at = this.at(key);
    const place = placeOf(this.shards[at]!, key);
    if (place < 0) return;
    this.writable(at).splice(place, 2);
    this.size--;
  }

  /** In no order that lasts. */
  *[Symbol.iterator](): Generator<[string, number]> {
    for (const shard of this.shards) {
      for (let place = 0; place < shard.length; place += 2) yield [shard[place] as string, shard[place + 1] as number];
    }
  }

  private at(key: string): number {
    return hashText(key) & (this.shards.length - 1);
  }

  private writable(at: number): Shard {
    if (this.own[at] === 1) return this.shards[at]!;
    this.own[at] = 1;
    return (this.shards[at] = this.shards[at]!.slice());
  }

  private grow(): void {
    const { shards } = this;
    const length = shards.length * 2;
    this.shards = Array.from({ length }, () => empty);
    this.own = new Uint8Array(length);
    for (const shard of shards) {
      for (let place = 0; place < shard.length; place += 2) {
        this.writable(this.at(shard[place] as string)).push(shard[place]!, shard[place + 1]!);
      }
    }
  }
}

function placeOf(shard: Shard, key: string): number {
  for (let place = 0; place < shard.length; place += 2) if (shard[place] === key) return place;
  return -1;
}
