/**
 * How to make one resource of a pod ask for at most a target, touching as little as possible.
 *
 * The pod asks for max(work, init) where work = Σ work containers + Σ sidecars and init is the highest stage: a plain
 * init container plus the sidecars started before it (SEMANTICS 2.2). While work is within the target, lowering plain
 * init containers alone is enough, and costs the running pod nothing. Otherwise the largest work container gives way if
 * it can alone, else all work containers and sidecars in proportion; then init containers that still stick out.
 */
export interface ContainerRequest {
  readonly name: string;
  readonly type: 'init' | 'sidecar' | 'work';
  /** Engine units: millicores, bytes, pieces. */
  readonly amount: number;
}

export interface LoweredRequest {
  /** Position in the list given. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export interface Lowering {
  readonly changes: readonly LoweredRequest[];
  /** Only plain init containers change. */
  readonly initOnly: boolean;
}

/**
 * `containers` in start order: init containers and sidecars as listed, then work containers. Null when the target
 * cannot be met with something left for each container that is lowered.
 */
export function lowerTo(containers: readonly ContainerRequest[], target: number): Lowering | null {
  if (target <= 0) return null;
  const amounts = containers.map((container) => container.amount);
  const running = containers.flatMap((container, index) => (container.type === 'init' ? [] : [index]));
  const work = running.reduce((sum, index) => sum + amounts[index]!, 0);
  if (work > target && !lowerRunning(containers, running, amounts, work, target)) return null;
  let sidecars = 0;
  for (const [index, container] of containers.entries()) {
    if (container.type === 'work') break;
    if (container.type === 'sidecar') sidecars += amounts[index]!;
    else if (sidecars + amounts[index]! > target) {
      if (target - sidecars <= 0) return null;
      amounts[index] = target - sidecars;
    }
  }
  const changes = containers.flatMap((container, index) =>
    amounts[index] === container.amount ? [] : [{ index, from: container.amount, to: amounts[index]! }],
  );
  return { changes, initOnly: changes.every(({ index }) => containers[index]!.type === 'init') };
}

/** Lowers `amounts` of the running containers to sum to at most the target; false when one would be left with nothing. */
function lowerRunning(
  containers: readonly ContainerRequest[],
  running: readonly number[],
  amounts: number[],
  work: number,
  target: number,
): boolean {
  const excess = work - target;
  let largest = -1;
  for (const index of running) {
    if (containers[index]!.type === 'work' && (largest < 0 || amounts[index]! > amounts[largest]!)) largest = index;
  }
  if (largest >= 0 && amounts[largest]! > excess) {
    amounts[largest] = amounts[largest]! - excess;
    return true;
  }
  for (const index of running) {
    if (amounts[index] === 0) continue;
    amounts[index] = Math.floor((amounts[index]! * target) / work);
    if (amounts[index] === 0) return false;
  }
  return true;
}
