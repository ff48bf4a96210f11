/** Container ports (SEMANTICS 4.3). */
import type { Faults } from '../faults.js';
import type { Container } from '../types.js';
import { portNameFaults, portNumberFaults } from './names.js';
import { Seen } from './seen.js';

const protocols = ['SCTP', 'TCP', 'UDP'];

/** `ports` of a container, at the position of the container. */
export function validatePorts({ ports }: Container, faults: Faults): void {
  if (ports.length === 0) return;
  const names = new Seen();
  faults.enter('ports');
  for (let index = 0; index < ports.length; index++) {
    const { name, containerPort, hostPort, protocol } = ports[index]!;
    faults.enter(index);
    if (name !== undefined) {
      const nameFaults = portNameFaults(name);
      faults.invalidForEach('name', name, nameFaults);
      if (nameFaults.length === 0) {
        if (names.has(name)) faults.duplicate('name', name);
        names.add(name);
      }
    }
    if (containerPort === 0) faults.required('containerPort');
    else faults.invalidForEach('containerPort', containerPort, portNumberFaults(containerPort));
    if (hostPort !== 0) faults.invalidForEach('hostPort', hostPort, portNumberFaults(hostPort));
    if (!protocols.includes(protocol)) faults.notSupported('protocol', protocol, protocols);
    faults.leave();
  }
  faults.leave();
}

/** Host ports used twice by containers that run together, at the position of the list. */
export function validateHostPortsUnique(containers: readonly Container[], faults: Faults): void {
  const taken = new Seen();
  for (let index = 0; index < containers.length; index++) {
    const { ports } = containers[index]!;
    for (let portIndex = 0; portIndex < ports.length; portIndex++) {
      const { protocol, hostIP, hostPort } = ports[portIndex]!;
      if (hostPort === 0) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) faults.duplicate(`[${index}].ports[${portIndex}].hostPort`, key);
      taken.add(key);
    }
  }
}

/**
 * In the host's network a port is what it is on the host. A template may leave the host port out: the pod that is made
 * of it gets it by default. At the position of `spec`.
 */
export function validateHostNetworkPorts(containers: readonly Container[], isTemplate: boolean, faults: Faults): void {
  for (let index = 0; index < containers.length; index++) {
    const { ports } = containers[index]!;
    for (let portIndex = 0; portIndex < ports.length; portIndex++) {
      const { hostPort, containerPort } = ports[portIndex]!;
      if (hostPort === containerPort || (isTemplate && hostPort === 0)) continue;
      const field = `containers[${index}].ports[${portIndex}].hostPort`;
      faults.invalid(field, hostPort, 'must match `containerPort` when `hostNetwork` is true');
    }
  }
}
