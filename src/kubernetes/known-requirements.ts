/**
 * `resources` of containers met before. A cluster repeats a few hundred, so each is built once and shared by all that say
 * the same, and what is found out about it is found out once.
 *
 * They stand in a tree by their texts: a step for each entry of `requests`, one from there over to `limits`, and a step
 * for each entry of these.
 */
import { isJsonObject } from './read-common.js';
import type { Json, JsonObject, ResourceList, ResourceRequirements } from './types.js';

const noClaims: readonly never[] = Object.freeze([]);

/** Requests and limits whose texts had no fault and deserved no warning, without claims. */
export class KnownRequirements implements ResourceRequirements {
  readonly claims: readonly string[] = noClaims;
  #inOrder: boolean | undefined;
  #settled: boolean | undefined;

  constructor(
    readonly requests: ResourceList,
    readonly limits: ResourceList,
  ) {}

  /**
   * Whether a container may have these; false for such as are not shared.
   * @param judge is asked once for each, and must depend on nothing else
   */
  static areInOrder(resources: ResourceRequirements, judge: (resources: ResourceRequirements) => boolean): boolean {
    return #inOrder in resources && (resources.#inOrder ??= judge(resources));
  }

  /** Whether defaulting leaves a container's resources as they are; as `areInOrder` otherwise. */
  static areSettled(resources: ResourceRequirements, judge: (resources: ResourceRequirements) => boolean): boolean {
    return #settled in resources && (resources.#settled ??= judge(resources));
  }
}

class Place {
  /** By the name of the next entry, then by its text. */
  next: Map<string, Map<string, Place>> | undefined;
  /** From the end of `requests` to the beginning of `limits`. */
  limits: Place | undefined;
  /** At the end of `limits`. */
  requirements: KnownRequirements | undefined;

  add(name: string, text: string): void {
    this.next ??= new Map();
    let byText = this.next.get(name);
    if (byText === undefined) this.next.set(name, (byText = new Map()));
    byText.set(text, new Place());
    places++;
  }
}

let root = new Place();
let places = 0;
/** Dropped whole when full, so that no input can make it grow. */
const mostPlaces = 8192;
const longestName = 128;
const longestText = 32;

/** undefined when they are not known, or have other members than requests and limits. */
export function knownRequirements(resources: JsonObject): KnownRequirements | undefined {
  for (const key in resources) if (key !== 'requests' && key !== 'limits') return undefined;
  const limits = placeAfter(root, resources['requests'])?.limits;
  return limits && placeAfter(limits, resources['limits'])?.requirements;
}

/** The end of a list; absent is empty. */
function placeAfter(start: Place, list: Json | undefined): Place | undefined {
  if (!isJsonObject(list)) return list === undefined ? start : undefined;
  let place: Place | undefined = start;
  for (const name in list) {
    // What is no text was not remembered, so it is not found.
    place = place.next?.get(name)?.get(list[name] as string);
    if (place === undefined) return undefined;
  }
  return place;
}

/**
 * The tree grows by one step at each call: what is met once costs no more than that, what is met often is soon known.
 * @param read of `resources`: without fault, warning and claims
 */
export function rememberRequirements(resources: JsonObject, read: ResourceRequirements): void {
  if (places >= mostPlaces) {
    root = new Place();
    places = 0;
  }
  const afterRequests = grown(root, resources['requests']);
  if (afterRequests === undefined) return;
  const place = grown((afterRequests.limits ??= new Place()), resources['limits']);
  if (place !== undefined) place.requirements ??= new KnownRequirements(read.requests, read.limits);
}

/** The end of a list that is there already; undefined, and one step more, when it is not. */
function grown(start: Place, list: Json | undefined): Place | undefined {
  if (!isJsonObject(list)) return list === undefined ? start : undefined;
  let place = start;
  for (const name in list) {
    const text = list[name];
    if (typeof text !== 'string') return undefined;
    const next = place.next?.get(name)?.get(text);
    if (next === undefined) {
      if (name.length <= longestName && text.length <= longestText) place.add(name, text);
      return undefined;
    }
    place = next;
  }
  return place;
}
