/** The API's shapes that the suite reads (docs/spec/API.md 3 and 5), and only what it looks at. */
import type { LoggedEvent, Size } from './history.js';

export interface ClaimItem {
  readonly id?: string;
  readonly pod: string;
  readonly node?: string | null;
  readonly status: string;
  readonly expiresAt?: string;
}
export interface ClaimAnswer {
  readonly revision: number;
  readonly items: readonly ClaimItem[];
}
export interface ReservationAnswer {
  readonly id: string;
  readonly pod: string;
  readonly node: string;
  readonly status: string;
  readonly expiresAt: string;
}
export interface Problem {
  readonly code: string;
  readonly retryable: boolean;
}
export interface ChangesAnswer {
  readonly items: readonly ChangeItem[];
  readonly nextCursor: string;
}
export interface ChangeItem {
  readonly revision: number;
  readonly sequence: number;
  readonly type: LoggedEvent['type'];
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: string;
  readonly data: null | {
    readonly pod?: string;
    readonly node?: string;
    readonly status?: string;
    readonly occupies?: boolean;
    readonly requests?: Readonly<Record<string, number>>;
  };
}

/** `expiresAt` is not in the log; `scenario.ts` adds it from the reservation as stored at the end. */
export function readChange(item: ChangeItem): LoggedEvent {
  const { revision, sequence, type, kind, namespace, name, at, data } = item;
  return {
    revision,
    sequence,
    type,
    kind,
    name: kind === 'Pod' ? `${namespace}/${name}` : name,
    at,
    ...(kind === 'Pod' && { node: data?.occupies === true ? (data.node ?? '') : '' }),
    ...(kind === 'Reservation' &&
      data !== null && {
        reservation: { pod: data.pod ?? '', node: data.node ?? '', status: data.status ?? '', expiresAt: '' },
      }),
  };
}

/** Keeps pods off a node unless they were made for it: a scenario's own pods tolerate the taint, the writers' do not. */
const ownTaint = 'stowage.example/own';

export function podManifest(
  pod: string,
  { cpu, memory }: Size,
  { nodeName = '', own = false, uid }: { nodeName?: string; own?: boolean; uid?: string } = {},
): Record<string, unknown> {
  const [namespace, name] = pod.split('/');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: 'robustness' }, ...(uid !== undefined && { uid }) },
    spec: {
      ...(nodeName !== '' && { nodeName }),
      ...(own && { tolerations: [{ key: ownTaint, operator: 'Exists' }] }),
      containers: [
        {
          name: 'work',
          image: 'registry.example.com/robustness:1',
          resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } },
        },
      ],
    },
    ...(nodeName !== '' && { status: { phase: 'Running' } }),
  };
}

export function nodeManifest(name: string, { cpu, memory }: Size, pods: number, own = false): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: own ? { taints: [{ key: ownTaint, effect: 'NoSchedule' }] } : {},
    status: { allocatable: { cpu: `${cpu}m`, memory: `${memory}Mi`, pods: String(pods) } },
  };
}
