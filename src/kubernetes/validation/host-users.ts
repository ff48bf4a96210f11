/** `hostUsers: false`: a pod in its own user namespace (upstream validateHostUsers). */
import type { Faults } from '../faults.js';
import type { PodSpec } from '../types.js';
import { placedContainers } from './placed-containers.js';
import { listOf } from './raw.js';

const detail = 'when `hostUsers` is false';

/** Such a pod cannot share the host's other namespaces, nor have block devices. At the position of `spec`. */
export function validateHostUsers(spec: PodSpec, faults: Faults): void {
  if (spec.hostNetwork) faults.forbidden('hostNetwork', detail);
  if (spec.raw.hostPID === true) faults.forbidden('HostPID', detail);
  if (spec.raw.hostIPC === true) faults.forbidden('HostIPC', detail);
  for (const { container, field } of placedContainers(spec)) {
    if (listOf(container.raw.volumeDevices).length > 0) faults.forbidden(`${field}.volumeDevices`, detail);
  }
}
