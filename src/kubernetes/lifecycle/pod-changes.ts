/** What a change of a pod that exists restarts (SEMANTICS 12.6, 4.11, 2.6). */
import { isSidecar } from '../effective.js';
import { Faults } from '../faults.js';
import { isJsonObject } from '../read-common.js';
import { readContainer } from '../read-container.js';
import { podResizeFaults } from '../resize-rules.js';
import type { JsonObject } from '../types.js';
import { podUpdateFaults } from '../update-rules.js';
import { changedPaths } from './changed-paths.js';
import { metadataChange, specOf, type FieldChange, type FieldEffect } from './field-change.js';

interface Place {
  readonly list: 'containers' | 'initContainers' | 'ephemeralContainers';
  readonly name: string;
  readonly member: string;
}

/** Every field that two pods differ in. */
export function podChanges(before: JsonObject, after: JsonObject): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of changedPaths(before, after)) {
    if (field === 'apiVersion' || field === 'kind' || field.startsWith('status')) continue;
    if (field.startsWith('metadata')) {
      changes.push(...metadataChange(field));
      continue;
    }
    const place = containerPlace(field);
    if (place !== undefined) changes.push(containerChange(field, place, before, after));
    else if (field.startsWith('spec.resources')) changes.push(podResizeChange(field));
    else changes.push(podFieldChange(field, before, after));
  }
  // A resize is taken or refused as a whole.
  const refusal = podResizeFaults(before, after)[0]?.detail;
  if (refusal === undefined) return changes;
  return changes.map((change) =>
    /^spec\.(?:.*\.)?resources\b/.test(change.field) && change.effect !== 'refused'
      ? { ...change, effect: 'refused', sentence: refusal }
      : change,
  );
}

function containerPlace(field: string): Place | undefined {
  const match = /^spec\.(containers|initContainers|ephemeralContainers)\[(.*?)\](?:\.([A-Za-z]+))?/.exec(field);
  if (match === null) return undefined;
  const [, list, name = '', member = ''] = match;
  return { list: list as Place['list'], name, member };
}

function containerChange(
  field: string,
  { list, name, member }: Place,
  before: JsonObject,
  after: JsonObject,
): FieldChange {
  const old = containerIn(before, list, name);
  const now = containerIn(after, list, name);
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({ field, effect, container: name, sentence });
  if (list === 'ephemeralContainers') {
    return change('none', 'an ephemeral container is added through its own subresource; nothing restarts');
  }
  if (old === undefined || now === undefined)
    return change('refused', 'containers of a pod cannot be added or removed');
  const sidecar = list === 'initContainers' && isSidecar(readContainer(now, new Faults()));
  if (member === 'image') {
    if (list === 'containers') return change('container', `${name} restarts with the new image; the pod stays`);
    if (sidecar) return change('container', `the sidecar ${name} alone restarts with the new image`);
    return change(
      'none',
      `the image of an init container that has run is not looked at again: nothing restarts; if ${name} has not run yet it runs with the new image`,
    );
  }
  if (member === 'resources') return resizeChange(field, name, list === 'initContainers' && !sidecar, old, now);
  return change('refused', `${member} of a container cannot be changed in a pod that exists`);
}

/** Pod-level requests and limits (InPlacePodLevelResourcesVerticalScaling): of cgroups, which no container notices. */
function podResizeChange(field: string): FieldChange {
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({ field, effect, container: null, sentence });
  const resource = /\.resources\.(?:requests|limits)\[(.*)\]$/.exec(field)?.[1];
  if (resource !== 'cpu' && resource !== 'memory') {
    return change('refused', 'only cpu and memory resources are mutable at pod-level');
  }
  return change('none', 'resized in place through the resize subresource; nothing restarts');
}

/** Through the `resize` subresource (SEMANTICS 2.6): in place, with a restart where the container's resizePolicy says so. */
function resizeChange(field: string, name: string, plainInit: boolean, old: JsonObject, now: JsonObject): FieldChange {
  const change = (effect: FieldEffect, sentence: string): FieldChange => ({ field, effect, container: name, sentence });
  const resource = /\.resources\.(?:requests|limits)\[(.*)\]$/.exec(field)?.[1];
  if (resource !== undefined && resource !== 'cpu' && resource !== 'memory') {
    return change('refused', 'only cpu and memory resources are mutable');
  }
  if (resource === undefined) return change('refused', 'only requests and limits of cpu and memory can be resized');
  if (plainInit) return change('none', `resized through the resize subresource; ${name} does not run again for it`);
  const restarts = restartsFor(now['resizePolicy'] === undefined ? old : now, resource);
  return restarts
    ? change(
        'container',
        `resized through the resize subresource; ${name} restarts, as its resizePolicy for ${resource} says`,
      )
    : change('none', `resized in place through the resize subresource; nothing restarts`);
}

function restartsFor({ resizePolicy }: JsonObject, resource: string): boolean {
  return (
    Array.isArray(resizePolicy) &&
    resizePolicy.some(
      (policy) =>
        isJsonObject(policy) && policy['resourceName'] === resource && policy['restartPolicy'] === 'RestartContainer',
    )
  );
}

const podFieldSentences: Readonly<Record<string, string>> = {
  activeDeadlineSeconds: 'may be set or lowered; nothing restarts, the pod is ended when it has passed',
  tolerations: 'tolerations may be added; nothing restarts',
  schedulingGates: 'gates may be removed; nothing restarts, without gates the pod is scheduled',
};

function podFieldChange(field: string, before: JsonObject, after: JsonObject): FieldChange {
  const member = /^spec\.([A-Za-z]+)/.exec(field)?.[1] ?? '';
  const allowed = podUpdateFaults(before, withMember(before, after, member)).length === 0;
  if (allowed) {
    const sentence = Object.hasOwn(podFieldSentences, member) ? podFieldSentences[member]! : 'nothing restarts';
    return { field, effect: 'none', container: null, sentence };
  }
  return {
    field,
    effect: 'refused',
    container: null,
    sentence: `${member} cannot be changed like this in a pod that exists`,
  };
}

/** The old pod with one member of its spec as in the new one: judges a field by itself. */
function withMember(before: JsonObject, after: JsonObject, member: string): JsonObject {
  const spec = { ...specOf(before) };
  const now = specOf(after)[member];
  if (now === undefined) delete spec[member];
  else spec[member] = now;
  return { ...before, spec };
}

function containerIn(pod: JsonObject, list: string, name: string): JsonObject | undefined {
  const containers = specOf(pod)[list];
  if (!Array.isArray(containers)) return undefined;
  return containers.find((item): item is JsonObject => isJsonObject(item) && item['name'] === name);
}
