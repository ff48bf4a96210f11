/**
 * Containers met before. The pods of a workload have the same ones, and so have the pods of one question asked again: each
 * is read once and shared by all that say the same, and what is found out about it is found out once.
 */
import { Likeness } from './likeness.js';
import type { Container, JsonObject } from './types.js';

/** A container that was read without fault, warning and unknown member. */
export class KnownContainer implements Container {
  readonly name: Container['name'];
  readonly image: Container['image'];
  readonly resources: Container['resources'];
  readonly restartPolicy: Container['restartPolicy'];
  readonly restartPolicyRules: Container['restartPolicyRules'];
  readonly ports: Container['ports'];
  readonly livenessProbe: Container['livenessProbe'];
  readonly readinessProbe: Container['readinessProbe'];
  readonly startupProbe: Container['startupProbe'];
  readonly lifecycle: Container['lifecycle'];
  readonly resizePolicy: Container['resizePolicy'];
  readonly raw: JsonObject;
  #withRequests: KnownContainer | undefined;
  #rounded: KnownContainer | undefined;
  #inOrder: boolean | undefined;

  constructor(read: Container) {
    this.name = read.name;
    this.image = read.image;
    this.resources = read.resources;
    this.restartPolicy = read.restartPolicy;
    this.restartPolicyRules = read.restartPolicyRules;
    this.ports = read.ports;
    this.livenessProbe = read.livenessProbe;
    this.readinessProbe = read.readinessProbe;
    this.startupProbe = read.startupProbe;
    this.lifecycle = read.lifecycle;
    this.resizePolicy = read.resizePolicy;
    this.raw = read.raw;
  }

  /** The container with the requests that its limits give it. @param give as `isInOrder`'s `judge` */
  static withRequests(container: Container, give: (container: Container) => Container): Container {
    if (!(#withRequests in container)) return give(container);
    return (container.#withRequests ??= shared(container, give(container)));
  }

  /** The container with amounts rounded. @param round as `isInOrder`'s `judge` */
  static rounded(container: Container, round: (container: Container) => Container): Container {
    if (!(#rounded in container)) return round(container);
    return (container.#rounded ??= shared(container, round(container)));
  }

  /**
   * Whether a container is in order wherever it stands; false for such as are not shared.
   * @param judge is asked once for each, and must depend on nothing else
   */
  static isInOrder(container: Container, judge: (container: Container) => boolean): boolean {
    return #inOrder in container && (container.#inOrder ??= judge(container));
  }
}

function shared(known: KnownContainer, changed: Container): KnownContainer {
  return changed === known ? known : new KnownContainer(changed);
}

interface Known {
  readonly likeness: Likeness;
  readonly container: KnownContainer;
}

/** What is known of the containers of one image. */
class OfImage {
  private readonly known: Known[] = [];
  private oldest = 0;
  /** How many are to be let pass unread, and how many after the next that is not known. */
  private patience = 0;
  private pause = 1;

  find(item: JsonObject): KnownContainer | undefined {
    if (this.patience > 0) return undefined;
    for (const { likeness, container } of this.known) {
      if (!likeness.fits(item)) continue;
      this.pause = 1;
      return container;
    }
    return undefined;
  }

  /** Whether one that was not found is worth keeping. Where ever new ones come, hardly one in sixty is. */
  isWorthwhile(): boolean {
    if (this.patience > 0) {
      this.patience--;
      return false;
    }
    this.pause = Math.min(2 * this.pause, longestPause);
    this.patience = this.pause;
    return true;
  }

  add(known: Known): void {
    this.known[this.oldest] = known;
    this.oldest = (this.oldest + 1) % mostOfImage;
  }
}

const longestPause = 64;
const mostOfImage = 4;
const mostImages = 2048;
const longestImage = 512;
/** Of one container; a larger one is read again each time. */
const mostBytes = 32 * 1024;
const mostBytesOfAll = 8 * 1024 * 1024;

/** Dropped whole when full, so that no input can make it grow. */
let images = new Map<string, OfImage>();
let bytes = 0;
/** Images that have been met once, lately: their hashes, at the places that these name. */
const met = new Int32Array(1024);

/** Of the end of the text, where images differ. */
function hashOf(image: string): number {
  let hash = image.length;
  for (let at = Math.max(0, image.length - 16); at < image.length; at++) {
    hash = Math.imul(hash ^ image.charCodeAt(at), 0x01000193);
  }
  return hash;
}

function isMetAgain(image: string): boolean {
  const hash = hashOf(image);
  const place = (hash >>> 12) & (met.length - 1);
  if (met[place] === hash) return true;
  met[place] = hash;
  return false;
}

export function knownContainer(item: JsonObject): KnownContainer | undefined {
  return typeof item.image === 'string' ? images.get(item.image)?.find(item) : undefined;
}

/**
 * What is met once costs next to nothing, what is met often is soon known.
 * @param read of `item`: without fault, warning and unknown member
 * @returns it, or what others will share
 */
export function rememberContainer(item: JsonObject, read: Container): Container {
  const { image } = read;
  let ofImage = images.get(image);
  if (ofImage === undefined) {
    if (image.length > longestImage || !isMetAgain(image)) return read;
    if (images.size >= mostImages) forget();
    ofImage = new OfImage();
    images.set(image, ofImage);
  }
  if (!ofImage.isWorthwhile()) return read;
  const likeness = Likeness.of(item);
  if (likeness.size > mostBytes) return read;
  if (bytes + likeness.size > mostBytesOfAll) {
    forget();
    images.set(image, ofImage);
  }
  bytes += likeness.size;
  const container = new KnownContainer(read);
  ofImage.add({ likeness, container });
  return container;
}

function forget(): void {
  images = new Map();
  bytes = 0;
}
