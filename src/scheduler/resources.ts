/**
 * Resource names as numbers, so that amounts are columns. Units are the scheduler's (SEMANTICS 2.8): cpu in millicores,
 * everything else in base units.
 */

export const CPU = 0;
export const MEMORY = 1;
export const EPHEMERAL_STORAGE = 2;

const names: string[] = ['cpu', 'memory', 'ephemeral-storage'];
const ids = new Map(names.map((name, id) => [name, id]));

export function resourceId(name: string): number {
  let id = ids.get(name);
  if (id === undefined) {
    id = names.length;
    names.push(name);
    ids.set(name, id);
  }
  return id;
}

export function resourceName(id: number): string {
  return names[id]!;
}

/**
 * Names that the scheduler accounts beside cpu, memory and ephemeral-storage: extended resources, hugepages, prefixed
 * native ones and attachable volumes; any other name is silently ignored by fit (SEMANTICS 2.8).
 */
export function isScalarResource(name: string): boolean {
  return (
    (name.includes('/') && !name.startsWith('requests.')) ||
    name.startsWith('hugepages-') ||
    name.startsWith('attachable-volumes-')
  );
}

/** Extended: named by a domain that is not Kubernetes' own. */
export function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

export function isScheduledResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || isScalarResource(name);
}

/**
 * The largest amount of which hundredfold is still exact as a double. Nodes with more of anything are `wide`: computed in
 * BigInt from their pods.
 */
export const exactLimit = Math.floor(Number.MAX_SAFE_INTEGER / 100);
