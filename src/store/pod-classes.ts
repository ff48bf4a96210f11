/**
 * The pod classes of one cluster: a number for every distinct `PodRecord.shape`. Numbers are given out one after another
 * under the cluster's lock and never change, so that every replica has the same ones.
 */
import type { Labels } from '../kubernetes/types.js';
import type { PodShape } from '../scheduler/pod-shape.js';

export class PodClasses {
  private readonly shapes: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly parsed: (PodShape | undefined)[] = [];

  /** The number that the next new class gets. */
  get next(): number {
    return this.shapes.length;
  }

  /** Adds classes as read or as committed; known ones again are no harm. */
  add(id: number, shape: string): void {
    if (id < this.shapes.length) return;
    this.shapes[id] = shape;
    this.ids.set(shape, id);
  }

  idOf(shape: string): number | undefined {
    return this.ids.get(shape);
  }

  shape(id: number): string {
    const shape = this.shapes[id];
    if (shape === undefined) throw new Error(`pod class ${id} is not known`);
    return shape;
  }

  /** What the pods of the class are charged, in the scheduler's units: cpu in millicores, the rest in base units. */
  requests(id: number): Readonly<Record<string, number | string>> {
    const shape = this.parse(id);
    return shape.charged ?? shape.requests;
  }

  /** Labels without those that are a pod's own. */
  labels(id: number): Labels {
    return this.parse(id).labels;
  }

  private parse(id: number): PodShape {
    return (this.parsed[id] ??= JSON.parse(this.shape(id)) as PodShape);
  }
}
