/**
 * What the API server takes and warns of (`pkg/api/pod/warnings.go`, `pkg/api/node/util.go`), in its words: fields that do
 * nothing any more, and what is likely not meant. For what a client proposes; fractional bytes are warned of where amounts
 * are validated. A part of the pod that is absent costs nothing.
 */
import { quoted, type Faults } from './faults.js';
import type {
  Container,
  ContainerPort,
  JsonObject,
  NodeSelectorTerm,
  Pod,
  PodAffinity,
  PodSpec,
  Volume,
} from './types.js';
import { placedContainers } from './validation/placed-containers.js';
import { objectOf, objectsOf, quantityOf, textOf } from './validation/raw.js';
import { Seen } from './validation/seen.js';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** @param pod valid; `faults` is at the position of the pod or template */
export function warnOfPod(pod: Pod, faults: Faults): void {
  const { spec } = pod;
  warnOfNodeLabels(spec, faults);
  warnOfSpread(spec, faults);
  warnOfAnnotations(pod, faults);
  if (spec.volumes.length > 0) warnOfVolumes(spec.volumes, faults);
  if (spec.raw.hostAliases !== undefined) warnOfTwice(spec, 'hostAliases', 'ip', faults);
  if (spec.raw.imagePullSecrets !== undefined) {
    warnOfTwice(spec, 'imagePullSecrets', 'name', faults);
    warnOfNamelessSecrets(spec, faults);
  }
  warnOfContainers(spec, faults);
  if (spec.terminationGracePeriodSeconds < 0) {
    const sentence = 'must be >= 0; negative values are invalid and will be treated as 1';
    warn('spec.terminationGracePeriodSeconds', sentence, faults);
  }
  if (spec.affinity?.podAffinity) warnOfTerms(spec.affinity.podAffinity, 'podAffinity', faults);
  if (spec.affinity?.podAntiAffinity) warnOfTerms(spec.affinity.podAntiAffinity, 'podAntiAffinity', faults);
}

function warn(field: string, sentence: string, faults: Faults): void {
  faults.warn(`${faults.path(field)}: ${sentence}`);
}

/** Label of nodes → what the API server says of it. */
const deprecatedNodeLabels: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

function warnOfNodeLabels({ nodeSelector, affinity }: PodSpec, faults: Faults): void {
  for (const key in nodeSelector) {
    const deprecation = deprecatedNodeLabels.get(key);
    if (deprecation !== undefined) warn(`spec.nodeSelector[${key}]`, deprecation, faults);
  }
  const nodeAffinity = affinity?.nodeAffinity;
  if (nodeAffinity === undefined) return;
  const field = 'spec.affinity.nodeAffinity';
  for (const [index, term] of (nodeAffinity.required?.nodeSelectorTerms ?? []).entries()) {
    warnOfTerm(term, `${field}.${required}.nodeSelectorTerms[${index}]`, faults);
  }
  for (const [index, { preference }] of nodeAffinity.preferred.entries()) {
    warnOfTerm(preference, `${field}.${preferred}[${index}].preference`, faults);
  }
}

function warnOfTerm({ matchExpressions }: NodeSelectorTerm, field: string, faults: Faults): void {
  for (const [index, { key }] of matchExpressions.entries()) {
    const deprecation = deprecatedNodeLabels.get(key);
    if (deprecation === undefined) continue;
    warn(`${field}.matchExpressions[${index}].key`, `${key} is ${deprecation}`, faults);
  }
}

const matchesNone = 'a null labelSelector results in matching no pod';

function warnOfSpread({ topologySpreadConstraints }: PodSpec, faults: Faults): void {
  for (const [index, { topologyKey, labelSelector }] of topologySpreadConstraints.entries()) {
    const field = `spec.topologySpreadConstraints[${index}]`;
    const deprecation = deprecatedNodeLabels.get(topologyKey);
    if (deprecation !== undefined) warn(`${field}.topologyKey`, `${topologyKey} is ${deprecation}`, faults);
    if (labelSelector === null) warn(`${field}.labelSelector`, matchesNone, faults);
  }
}

function warnOfTerms(affinity: PodAffinity, kind: 'podAffinity' | 'podAntiAffinity', faults: Faults): void {
  const field = `spec.affinity.${kind}`;
  for (const [index, { labelSelector }] of affinity.required.entries()) {
    if (labelSelector === null) warn(`${field}.${required}[${index}].labelSelector`, matchesNone, faults);
  }
  for (const [index, { podAffinityTerm }] of affinity.preferred.entries()) {
    if (podAffinityTerm.labelSelector !== null) continue;
    warn(`${field}.${preferred}[${index}].podAffinityTerm.labelSelector`, matchesNone, faults);
  }
}

const deprecatedAnnotations: ReadonlyMap<string, string> = new Map([
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
]);
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const containerAppArmor = 'container.apparmor.security.beta.kubernetes.io/';
const seccompDeprecation = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const appArmorDeprecation = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** Profiles in annotations are warned of where no field says the same. */
function warnOfAnnotations({ metadata: { annotations }, spec }: Pod, faults: Faults): void {
  for (const key in annotations) {
    const field = `metadata.annotations[${key}]`;
    const deprecation = deprecatedAnnotations.get(key);
    if (deprecation !== undefined) warn(field, deprecation, faults);
    else if (key === podSeccomp) {
      if (!hasProfile(spec.raw.securityContext, 'seccompProfile')) warn(field, seccompDeprecation, faults);
    } else if (key.startsWith(containerSeccomp)) {
      const container = containerNamed(spec, key.slice(containerSeccomp.length));
      if (container !== undefined && !hasProfile(container.raw.securityContext, 'seccompProfile')) {
        warn(field, seccompDeprecation, faults);
      }
    } else if (key.startsWith(containerAppArmor) && !hasProfile(spec.raw.securityContext, 'appArmorProfile')) {
      const container = containerNamed(spec, key.slice(containerAppArmor.length));
      if (container !== undefined && !hasProfile(container.raw.securityContext, 'appArmorProfile')) {
        warn(field, appArmorDeprecation, faults);
      }
    }
  }
}

function hasProfile(securityContext: Parameters<typeof objectOf>[0], member: string): boolean {
  return (objectOf(securityContext)[member] ?? null) !== null;
}

function containerNamed(spec: PodSpec, name: string): Container | undefined {
  for (const { container } of placedContainers(spec)) if (container.name === name) return container;
  return undefined;
}

/** Volume plugins that are gone, or will be. */
const deprecatedVolumes: ReadonlyMap<string, string> = new Map([
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
]);

function warnOfVolumes(volumes: readonly Volume[], faults: Faults): void {
  for (let index = 0; index < volumes.length; index++) {
    const { source, raw } = volumes[index]!;
    const deprecation = deprecatedVolumes.get(source);
    // Upstream names the field of its internal type.
    const member = source === 'storageos' ? 'storageOS' : source;
    if (deprecation !== undefined) warn(`spec.volumes[${index}].${member}`, deprecation, faults);
    else if (source === 'ephemeral') warnOfClaim(raw, `spec.volumes[${index}].ephemeral`, faults);
  }
}

function warnOfClaim(volume: Volume['raw'], field: string, faults: Faults): void {
  const spec = objectOf(objectOf(objectOf(volume.ephemeral).volumeClaimTemplate).spec);
  const resources = objectOf(spec.resources);
  for (const list of ['requests', 'limits']) {
    const amount = quantityOf(objectOf(resources[list]).storage);
    if (amount === undefined || amount.isWhole()) continue;
    const sentence = `fractional byte value "${amount.toString()}" is invalid, must be an integer`;
    warn(`${field}.volumeClaimTemplate.spec.resources.${list}[storage]`, sentence, faults);
  }
}

function warnOfTwice({ raw }: PodSpec, list: string, member: string, faults: Faults): void {
  const seen = new Seen();
  for (const [index, item] of objectsOf(raw[list]).entries()) {
    const value = textOf(item[member]);
    if (seen.has(value)) warn(`spec.${list}[${index}].${member}`, `duplicate ${member} ${quoted(value)}`, faults);
    seen.add(value);
  }
}

function warnOfNamelessSecrets({ raw }: PodSpec, faults: Faults): void {
  for (const [index, { name }] of objectsOf(raw.imagePullSecrets).entries()) {
    if (textOf(name) === '') warn(`spec.imagePullSecrets[${index}].name`, 'invalid empty name ""', faults);
  }
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Paths are made for what is warned of alone. */
function warnOfContainers(spec: PodSpec, faults: Faults): void {
  const placed: PlacedPort[] = [];
  for (const list of lists) {
    const containers = spec[list];
    for (let container = 0; container < containers.length; container++) {
      const { raw, ports } = containers[container]!;
      if (Array.isArray(raw.env) && raw.env.length > 1) {
        warnOfEnv(objectsOf(raw.env), () => `spec.${list}[${container}]`, faults);
      }
      for (let index = 0; index < ports.length; index++) {
        const here: PlacedPort = { port: ports[index]!, list, container, index };
        for (const other of placed) warnOfOverlap(here, other, faults);
        placed.push(here);
        if (here.port.hostIP === '' || here.port.hostPort !== 0) continue;
        warn(fieldOf(here), `hostIP set without hostPort: ${goPort(here.port)}`, faults);
      }
    }
  }
}

/** A variable may add to its earlier self (`$(PATH):/more`); anything else hides it. */
function warnOfEnv(env: readonly JsonObject[], place: () => string, faults: Faults): void {
  const seen = new Seen();
  for (let index = 0; index < env.length; index++) {
    const { name, value, valueFrom = null } = env[index]!;
    const text = textOf(name);
    if (!seen.has(text)) {
      seen.add(text);
      continue;
    }
    const itself = `$(${text})`;
    if (valueFrom === null && textOf(value) !== itself && textOf(value).includes(itself)) continue;
    const sentence = `hides previous definition of ${quoted(text)}, which may be dropped when using apply`;
    warn(`${place()}.env[${index}]`, sentence, faults);
  }
}

interface PlacedPort {
  readonly port: ContainerPort;
  readonly list: string;
  readonly container: number;
  readonly index: number;
}

function fieldOf({ list, container, index }: PlacedPort): string {
  return `spec.${list}[${container}].ports[${index}]`;
}

/** Ports of one number and protocol, in whatever containers: they share the pod's network. */
function warnOfOverlap(here: PlacedPort, other: PlacedPort, faults: Faults): void {
  const { port } = here;
  const { containerPort, protocol, hostIP, hostPort } = other.port;
  if (port.containerPort !== containerPort || port.protocol !== protocol) return;
  const definition = `port definition with ${faults.path(fieldOf(other))}`;
  if (port.hostIP === hostIP && port.hostPort === hostPort) warn(fieldOf(here), `duplicate ${definition}`, faults);
  else if (port.hostPort === 0 || hostPort === 0) warn(fieldOf(here), `overlapping ${definition}`, faults);
  else if (port.hostPort === hostPort && (port.hostIP === '') !== (hostIP === '')) {
    warn(fieldOf(here), `dangerously ambiguous ${definition}`, faults);
  }
}

/** As Go's `%+v` prints the struct. */
function goPort({ name = '', hostPort, containerPort, protocol, hostIP }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
