/**
 * A small catalogue of common cloud machines for `addNodes` with a `shape`. Capacity is what the provider sells;
 * allocatable is computed as a node of that provider would report it:
 *
 * - memory the guest sees = nominal × 0.925 (hypervisor and kernel take the rest);
 * - cpu reserved, all three providers' tables being close to Google's: 6 % of the first core, 1 % of the second, 0.5 % of
 *   the next two, 0.25 % of the rest;
 * - memory reserved: Amazon 255Mi + 11Mi a pod; Google 25 % of the first 4Gi, 20 % of the next 4, 10 % of the next 8,
 *   6 % of the next 112, 2 % of the rest; Azure the lesser of 20Mi a pod + 50Mi and 25 %;
 * - hard eviction 100Mi of memory, 10 % of the disk (SEMANTICS 4.10).
 *
 * For a fleet of one's own, `like` an existing node or a whole `node` is exact; this is for a first guess.
 */
import type { JsonObject } from '../kubernetes/types.js';

type Provider = 'aws' | 'gcp' | 'azure';

interface Shape {
  readonly provider: Provider;
  readonly cores: number;
  readonly memoryGi: number;
  readonly pods: number;
}

const aws = (cores: number, memoryGi: number, pods: number): Shape => ({ provider: 'aws', cores, memoryGi, pods });
const gcp = (cores: number, memoryGi: number): Shape => ({ provider: 'gcp', cores, memoryGi, pods: 110 });
const azure = (cores: number, memoryGi: number): Shape => ({ provider: 'azure', cores, memoryGi, pods: 110 });

const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['c5.large', aws(2, 4, 29)],
  ['c5.xlarge', aws(4, 8, 58)],
  ['c5.2xlarge', aws(8, 16, 58)],
  ['c5.4xlarge', aws(16, 32, 234)],
  ['m5.large', aws(2, 8, 29)],
  ['m5.xlarge', aws(4, 16, 58)],
  ['m5.2xlarge', aws(8, 32, 58)],
  ['m5.4xlarge', aws(16, 64, 234)],
  ['r5.large', aws(2, 16, 29)],
  ['r5.xlarge', aws(4, 32, 58)],
  ['r5.2xlarge', aws(8, 64, 58)],
  ['r5.4xlarge', aws(16, 128, 234)],
  ['e2-standard-2', gcp(2, 8)],
  ['e2-standard-4', gcp(4, 16)],
  ['e2-standard-8', gcp(8, 32)],
  ['n2-standard-4', gcp(4, 16)],
  ['n2-standard-8', gcp(8, 32)],
  ['n2-standard-16', gcp(16, 64)],
  ['Standard_D2s_v5', azure(2, 8)],
  ['Standard_D4s_v5', azure(4, 16)],
  ['Standard_D8s_v5', azure(8, 32)],
  ['Standard_D16s_v5', azure(16, 64)],
]);

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DISK_GI = 100;

export function shapeNames(): string[] {
  return [...SHAPES.keys()];
}

/** The part of `total` that lies in bands of (width, share), the last band being open. */
function banded(total: number, bands: readonly (readonly [number, number])[]): number {
  let rest = total;
  let sum = 0;
  for (const [width, share] of bands) {
    const part = Math.min(rest, width);
    sum += part * share;
    rest -= part;
  }
  return sum;
}

function reservedMemory(shape: Shape, seen: number): number {
  if (shape.provider === 'aws') return (255 + 11 * shape.pods) * MIB;
  if (shape.provider === 'azure') return Math.min((20 * shape.pods + 50) * MIB, 0.25 * seen);
  return banded(seen, [
    [4 * GIB, 0.25],
    [4 * GIB, 0.2],
    [8 * GIB, 0.1],
    [112 * GIB, 0.06],
    [Infinity, 0.02],
  ]);
}

/** A Node manifest of the shape, or undefined for a name that the catalogue does not have. */
export function shapeNode(name: string): JsonObject | undefined {
  const shape = SHAPES.get(name);
  if (shape === undefined) return undefined;
  const memory = Math.floor((shape.memoryGi * GIB * 0.925) / MIB) * MIB;
  const reservedCpu = Math.ceil(
    banded(shape.cores * 1000, [
      [1000, 0.06],
      [1000, 0.01],
      [2000, 0.005],
      [Infinity, 0.0025],
    ]),
  );
  const allocatableMemory = Math.floor((memory - reservedMemory(shape, memory) - 100 * MIB) / MIB);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': name,
      },
    },
    spec: {},
    status: {
      capacity: {
        cpu: `${shape.cores}`,
        memory: `${memory / MIB}Mi`,
        'ephemeral-storage': `${DISK_GI}Gi`,
        pods: `${shape.pods}`,
      },
      allocatable: {
        cpu: `${shape.cores * 1000 - reservedCpu}m`,
        memory: `${allocatableMemory}Mi`,
        'ephemeral-storage': `${Math.floor(DISK_GI * 0.9)}Gi`,
        pods: `${shape.pods}`,
      },
    },
  };
}
