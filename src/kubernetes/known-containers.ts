/**
 * Containers met before. The pods of a workload have the same ones, and so have the pods of one question asked again: each
 * is read once and shared by all that say the same, and what is found out about it is found out once.
 */
import { LikenessMemory } from './likeness-memory.js';
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

const memory = new LikenessMemory<KnownContainer>(32 * 1024, 8 * 1024 * 1024);

export function knownContainer(item: JsonObject): KnownContainer | undefined {
  return typeof item.image === 'string' ? memory.find(item.image, item) : undefined;
}

/**
 * @param read of `item`: without fault, warning and unknown member
 * @returns it, or what others will share
 */
export function rememberContainer(item: JsonObject, read: Container): Container {
  if (!memory.isWorthwhile(read.image)) return read;
  const container = new KnownContainer(read);
  return memory.add(read.image, Likeness.of(item), container) ? container : read;
}
