/**
 * NodePorts: host ports of the pod must be free. Equal protocol and port conflict when either IP is 0.0.0.0 or both are
 * equal. Upstream keeps a node's ports as a set, so removing one of two pods that name a port frees it (preemption).
 * SEMANTICS 5.3.
 */
import { strikeUnless, skip, type Detail, type FilterPlugin, type Overlay, type Rejection } from '../framework.js';
import type { ClusterModel } from '../model.js';
import type { HostPort } from '../pod-shape.js';

const rejection: Rejection = {
  plugin: 'NodePorts',
  code: 'Unschedulable',
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
};

const anyAddress = '0.0.0.0';

export function portsConflict(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.hostIP === anyAddress || b.hostIP === anyAddress || a.hostIP === b.hostIP)
  );
}

export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  preFilter({ model, podClass }) {
    const wanted = podClass.hostPorts;
    if (wanted.length === 0) return skip;
    const conflicts = (ports: readonly HostPort[]): boolean =>
      ports.some((port) => wanted.some((other) => portsConflict(port, other)));
    // Pods whose ports conflict, counted a node.
    const key = `ports|${wanted.map(({ protocol, hostIP, port }) => `${protocol}/${hostIP}/${port}`).join(',')}`;
    const holders = model.counter({
      key,
      namespaces: null,
      weight: ({ hostPorts }) => (conflicts(hostPorts) ? 1 : 0),
      countsTerminating: true,
    });
    const fits = (slot: number, overlay: Overlay | null): boolean => {
      if (overlay === null) return holders[slot] === 0;
      return !portsInUse(model, slot, overlay).some((port) => wanted.some((other) => portsConflict(port, other)));
    };
    return {
      type: 'filter',
      filter: {
        filter: (slot, overlay) => (fits(slot, overlay) ? null : rejection),
        only: rejection,
        strike: (nodes, refused) => strikeUnless((slot) => holders[slot] === 0, nodes, refused),
        details: (slot) =>
          wanted.flatMap((port): Detail[] => {
            const heldBy = model
              .podSlotsOn(slot)
              .filter((pod) => model.classOfPod(pod).hostPorts.some((other) => portsConflict(port, other)))
              .map((pod) => model.podKey(pod));
            return heldBy.length === 0 ? [] : [{ type: 'hostPort', ...port, heldBy }];
          }),
      },
    };
  },
};

/** Upstream's set of ports, kept as pods leave and come. */
function portsInUse(model: ClusterModel, slot: number, overlay: Overlay): HostPort[] {
  const text = ({ protocol, hostIP, port }: HostPort): string => `${protocol}/${hostIP}/${port}`;
  const used = new Map<string, HostPort>();
  model.forEachPodOn(slot, (pod) => {
    for (const port of model.classOfPod(pod).hostPorts) used.set(text(port), port);
  });
  for (const { pod, sign } of overlay) {
    for (const port of model.classOfPod(pod).hostPorts) {
      if (sign === 1) used.set(text(port), port);
      else used.delete(text(port));
    }
  }
  return [...used.values()];
}
