/** All containers of a pod with their places below `spec`, in the order in which upstream visits them. */
import type { Container, PodSpec } from '../types.js';

export interface PlacedContainer {
  readonly container: Container;
  /** `initContainers[0]` */
  readonly field: string;
}

const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export function* placedContainers(spec: PodSpec): Generator<PlacedContainer> {
  for (const list of lists) {
    for (const [index, container] of spec[list].entries()) yield { container, field: `${list}[${index}]` };
  }
}
