/**
 * Specs of pods met before. The pods of a workload have one spec, but for the node that each is on and the name of the
 * volume that the API server adds for its token: it is read, judged and written as text once.
 */
import { LikenessMemory } from './likeness-memory.js';
import { Hole, Likeness } from './likeness.js';
import { isJsonObject } from './read-common.js';
import type { Json, JsonObject, Pod, PodAffinity, PodSpec } from './types.js';
import { dnsSubdomainFaults } from './validation/names.js';

/** A spec without fault, warning and unknown member, whatever the metadata of its pod. */
export class KnownSpec {
  /** What is found out about pods of this spec, by what else it depends on. */
  readonly shapes = new Map<string, string>();
  /** Made when asked for: many a spec is not met again. */
  private pieces: readonly (string | Hole)[] | undefined;

  /**
   * @param key that it is remembered under
   * @param spec defaulted, the label keys of its selectors expanded
   */
  constructor(
    private readonly key: string,
    private readonly spec: PodSpec,
    private readonly likeness: Likeness,
    private readonly nodeName: Hole,
    private readonly token: Hole,
  ) {}

  empty(): void {
    this.nodeName.text = '';
    this.token.text = '';
  }

  /** Name of the volume with the token of the pod it was found for; '' when there is none. */
  get tokenName(): string {
    return this.token.text;
  }

  /** Whether it is the spec, and then becomes that of its pod. @param spec stripped, as it is stored */
  fits(spec: JsonObject): boolean {
    this.empty();
    return this.likeness.fits(spec);
  }

  /** To be told when a pod that has it was found without `knownSpec`. */
  wasFound(): void {
    memory.wasFound(this.key);
  }

  /** That of the pod it was found for. The volume of the token has the name that it had in the first. */
  get found(): PodSpec {
    return { ...this.spec, nodeName: this.nodeName.text };
  }

  /** JSON text of the spec of the pod it was found for. */
  get text(): string {
    const texts: string[] = [];
    for (const piece of (this.pieces ??= this.likeness.pieces())) {
      if (typeof piece === 'string') texts.push(piece);
      else texts.push('"', piece.text, '"');
    }
    return texts.join('');
  }
}

const memory = new LikenessMemory<KnownSpec>(256 * 1024, 16 * 1024 * 1024, 512);

const empty = (known: KnownSpec): void => known.empty();

/** What it says of itself is right until the next is looked for. @param spec stripped, as it is stored */
export function knownSpec(spec: Json | undefined): KnownSpec | undefined {
  const key = keyOf(spec);
  return key === '' ? undefined : memory.find(key, spec as JsonObject, empty);
}

/**
 * @returns the spec as it is known from now on, if it is worth that
 * @param spec as for `knownSpec`, which has not found it
 * @param pod of it: without fault, warning and unknown member; defaulted, the label keys of its selectors expanded
 */
export function rememberSpec(spec: Json | undefined, pod: Pod): KnownSpec | undefined {
  const key = keyOf(spec);
  if (key === '' || !isIndependent(pod.spec) || !memory.isWorthwhile(key)) return undefined;
  const nodeName = new Hole((text) => dnsSubdomainFaults(text).length === 0);
  const token = new Hole(isTokenName);
  const name = tokenVolume(pod.spec);
  const likeness = Likeness.of(spec as JsonObject, (text, member) => {
    if (member === 'nodeName' && text === pod.spec.nodeName) return text === '' ? text : nodeName;
    return text === name ? token : text;
  });
  const known = new KnownSpec(key, pod.spec, likeness, nodeName, token);
  if (!memory.add(key, likeness, known)) return undefined;
  known.fits(spec as JsonObject);
  return known;
}

/** The image of the first container, as a rule one of the workload's own. '' where there is none. */
function keyOf(spec: Json | undefined): string {
  const container = isJsonObject(spec) && Array.isArray(spec.containers) ? spec.containers[0] : undefined;
  return isJsonObject(container) && typeof container.image === 'string' ? container.image : '';
}

/** Whether neither the pod's name nor its labels play a part in what the rules say of its spec. */
function isIndependent({ volumes, affinity, topologySpreadConstraints, schedulingGates }: PodSpec): boolean {
  return (
    schedulingGates.length === 0 &&
    volumes.every(({ source }) => source !== 'ephemeral') &&
    topologySpreadConstraints.every(({ matchLabelKeys }) => matchLabelKeys.length === 0) &&
    !hasLabelKeys(affinity?.podAffinity) &&
    !hasLabelKeys(affinity?.podAntiAffinity)
  );
}

function hasLabelKeys(affinity: PodAffinity | undefined): boolean {
  if (affinity === undefined) return false;
  const terms = [...affinity.required, ...affinity.preferred.map(({ podAffinityTerm }) => podAffinityTerm)];
  return terms.some(({ matchLabelKeys, mismatchLabelKeys }) => matchLabelKeys.length + mismatchLabelKeys.length > 0);
}

/** As the ServiceAccount admission plugin names it. */
export function isTokenName(name: string): boolean {
  return /^kube-api-access-[a-z0-9]{5}$/.test(name);
}

/** The name of the one volume that has such a name; undefined when there is none, or more than one. */
function tokenVolume({ volumes }: PodSpec): string | undefined {
  const [token, ...more] = volumes.filter(({ name }) => isTokenName(name));
  return token?.source === 'projected' && more.length === 0 ? token.name : undefined;
}
