/** `?include=effective,allocated`: what this service knows of a stored object, beside the manifest (API.md 3). */
import type { JsonObject } from '../kubernetes/types.js';
import type { EffectiveItem } from '../planning/answers.js';
import { effectiveItem } from '../planning/effective.js';
import { PlanningError } from '../planning/errors.js';
import { amount, type Amounts, type QuantityFormat } from '../planning/quantities.js';
import { readSubjects } from '../planning/subject.js';
import type { ClusterModel } from '../scheduler/model.js';
import type { ObjectKey } from '../store/store.js';

export interface IncludeOptions {
  /** `effective`, `allocated` or both, separated by a comma. */
  readonly include?: string;
  readonly quantities?: QuantityFormat;
}

export interface Allocated {
  readonly allocatable: Amounts;
  /** What pods and reservations on the node are charged. */
  readonly requested: Amounts;
  /** May be negative. */
  readonly free: Amounts;
}

/** The manifest with a top-level `stowage` member; as it is when nothing applies to its kind. */
export function included(
  manifest: JsonObject,
  { group, kind, name }: ObjectKey,
  model: ClusterModel,
  { include, quantities: format = 'string' }: IncludeOptions,
): JsonObject {
  if (include === undefined) return manifest;
  const wanted = include.split(',');
  const stowage: { effective?: EffectiveItem; allocated?: Allocated } = {};
  if (wanted.includes('allocated') && group === '' && kind === 'Node')
    stowage.allocated = allocated(model, name, format);
  if (wanted.includes('effective')) stowage.effective = effectiveOf(manifest, model, format);
  if (stowage.allocated === undefined && stowage.effective === undefined) return manifest;
  return { ...manifest, stowage: stowage as unknown as JsonObject };
}

function amounts(values: ReadonlyMap<string, bigint>, format: QuantityFormat): Amounts {
  return Object.fromEntries(
    [...values].map(([resource, value]) => [resource, amount(resource, Number(value), format)]),
  );
}

function allocated(model: ClusterModel, name: string, format: QuantityFormat): Allocated | undefined {
  const slot = model.nodeSlot(name);
  if (slot < 0) return undefined;
  const allocatable = model.allocatableOf(slot);
  const requested = model.requestedOf(slot);
  const free = new Map(
    [...allocatable].map(([resource, value]) => [resource, value - (requested.get(resource) ?? 0n)]),
  );
  return {
    allocatable: amounts(allocatable, format),
    requested: amounts(requested, format),
    free: amounts(free, format),
  };
}

function effectiveOf(manifest: JsonObject, model: ClusterModel, format: QuantityFormat): EffectiveItem | undefined {
  try {
    const [subject] = readSubjects(manifest, {}, model).subjects;
    return subject && effectiveItem(subject, format);
  } catch (error) {
    // admitted by a cluster, yet nothing that can be added up
    if (error instanceof PlanningError) return undefined;
    throw error;
  }
}
