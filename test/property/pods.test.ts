import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPod, defaultPodTemplate } from '../../src/kubernetes/defaulting.js';
import {
  chargedNonZeroRequests,
  chargedRequests,
  effectiveLimits,
  effectiveRequests,
  explainEffective,
  isSidecar,
  nonZeroRequests,
} from '../../src/kubernetes/effective.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { Quantity } from '../../src/kubernetes/quantity.js';
import { qosClass } from '../../src/kubernetes/qos.js';
import { readPod, readPodTemplateSpec } from '../../src/kubernetes/read-pod.js';
import type { Json, JsonObject, Pod, ResourceList } from '../../src/kubernetes/types.js';
import { validatePod, validatePodTemplate } from '../../src/kubernetes/validation/validate-pod.js';
import { realisticPod } from '../build/realistic-pod.js';

const resourceNames = ['cpu', 'memory', 'ephemeral-storage', 'example.com/gpu', 'hugepages-2Mi'];

const amounts = fc.dictionary(
  fc.constantFrom(...resourceNames),
  fc.oneof(
    fc.integer({ min: 0, max: 64 }).map((units) => `${units}`),
    fc.integer({ min: 0, max: 9000 }).map((thousandths) => `${thousandths}m`),
    fc.integer({ min: 0, max: 20 }).map((gibi) => `${gibi}Gi`),
    fc.constantFrom('0.1Ki', '1n', '3e2', '9Ti', '100Ti'),
  ),
  { maxKeys: 4 },
);
const container = fc.record(
  { name: fc.constant('c'), resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }) },
  { requiredKeys: ['name'] },
);
const initContainer = fc
  .tuple(container, fc.boolean())
  .map(([item, sidecar]) => (sidecar ? { ...item, restartPolicy: 'Always' } : item));
const podSpec = fc.record(
  {
    containers: fc.array(container, { minLength: 1, maxLength: 4 }),
    initContainers: fc.array(initContainer, { maxLength: 6 }),
    overhead: amounts,
  },
  { requiredKeys: ['containers', 'initContainers'] },
);

function podOf(spec: Json): Pod {
  return defaultPod(readPod({ metadata: { name: 'p' }, spec }, new Faults()));
}

function entries(resources: ResourceList): unknown {
  return Object.fromEntries([...resources].map(([name, quantity]) => [name, String(quantity.milliValue())]));
}

describe('effective requests', () => {
  it('never fall when a container asks for more', () => {
    const place = fc.tuple(fc.nat(), fc.constantFrom(...resourceNames), fc.integer({ min: 1, max: 5000 }));
    fc.assert(
      fc.property(podSpec, place, (spec, [at, name, more]) => {
        const pod = podOf(spec);
        const all = [...pod.spec.containers, ...pod.spec.initContainers];
        const chosen = all[at % all.length];
        const raised = (list: Pod['spec']['containers']): Pod['spec']['containers'] =>
          list.map((item) => {
            if (item !== chosen) return item;
            const requests = new Map(item.resources.requests);
            requests.set(name, (requests.get(name) ?? Quantity.zero).add(Quantity.ofMilli(more)));
            return { ...item, resources: { ...item.resources, requests } };
          });
        const { containers, initContainers } = pod.spec;
        const spread = { ...pod.spec, containers: raised(containers), initContainers: raised(initContainers) };
        const [before, after] = [effectiveRequests(pod), effectiveRequests({ ...pod, spec: spread })];
        for (const [resource, quantity] of before) {
          expect((after.get(resource) ?? Quantity.zero).cmp(quantity)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('do not depend on the order of plain init containers between two sidecars', () => {
    fc.assert(
      fc.property(podSpec, fc.infiniteStream(fc.nat()), (spec, random) => {
        const pod = podOf(spec);
        const runs: Pod['spec']['initContainers'][number][][] = [[]];
        for (const item of pod.spec.initContainers) {
          if (isSidecar(item)) runs.push([item], []);
          else runs.at(-1)?.push(item);
        }
        const initContainers = runs.flatMap((run) =>
          run
            .map((item) => ({ item, key: random.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item),
        );
        const reordered = { ...pod, spec: { ...pod.spec, initContainers } };
        expect(entries(effectiveRequests(reordered))).toEqual(entries(effectiveRequests(pod)));
        expect(entries(effectiveLimits(reordered))).toEqual(entries(effectiveLimits(pod)));
        expect(qosClass(reordered)).toBe(qosClass(pod));
      }),
      { numRuns: 500 },
    );
  });

  it('can depend on which side of a sidecar an init container stands', () => {
    const init = { name: 'i', resources: { requests: { cpu: '2' } } };
    const sidecar = { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } };
    const cpu = (initContainers: Json): string | undefined =>
      effectiveRequests(podOf({ containers: [{ name: 'c' }], initContainers }))
        .get('cpu')
        ?.toString();
    expect(cpu([init, sidecar])).toBe('2');
    expect(cpu([sidecar, init])).toBe('3');
  });

  it('agree with their explanation', () => {
    fc.assert(
      fc.property(podSpec, (spec) => {
        const pod = podOf(spec);
        const explained = explainEffective(pod);
        for (const [name, quantity] of explained.requests) {
          const init = explained.init.requests.get(name) ?? Quantity.zero;
          const work = explained.work.requests.get(name) ?? Quantity.zero;
          const base = init.cmp(work) > 0 ? init : work;
          const overhead = explained.overhead.get(name) ?? Quantity.zero;
          expect(quantity.equals(base.add(overhead))).toBe(true);
          expect(explained.decidedBy.get(name)?.phase).toBe(init.cmp(work) > 0 ? 'init' : 'work');
          const reserved = explained.reservedForInitOnly.get(name) ?? Quantity.zero;
          expect(reserved.equals(base.sub(work))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Field names of pods, so that arbitrary values turn up where something else is expected. */
const fieldNames = [
  'metadata', 'spec', 'status', 'name', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers',
  'containers', 'initContainers', 'ephemeralContainers', 'resources', 'requests', 'limits', 'claims', 'cpu', 'memory',
  'hugepages-2Mi', 'ports', 'hostPort', 'containerPort', 'env', 'valueFrom', 'volumeMounts', 'volumeDevices', 'volumes',
  'emptyDir', 'livenessProbe', 'readinessProbe', 'httpGet', 'port', 'httpHeaders', 'lifecycle', 'preStop', 'sleep',
  'restartPolicy', 'restartPolicyRules', 'exitCodes', 'values', 'resizePolicy', 'affinity', 'nodeAffinity',
  'podAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms', 'matchExpressions', 'matchFields', 'labelSelector', 'matchLabels', 'matchLabelKeys', 'tolerations',
  'topologySpreadConstraints', 'schedulingGates', 'readinessGates', 'resourceClaims', 'overhead', 'nodeSelector',
  'securityContext', 'os', 'schedulingGroup', 'workloadRef', 'conditions', 'containerStatuses', 'allocatedResources',
  '__proto__', 'constructor', 'toString',
]; // prettier-ignore

const { tree } = fc.letrec<{ tree: Json; object: JsonObject }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 1e300, '', '1', '1Gi', 'Always', 'x\ny', '☃'),
    fc.string(),
    fc.array(tie('tree'), { maxLength: 3 }),
    tie('object'),
    tie('object'),
  ),
  object: fc
    .dictionary(fc.constantFrom(...fieldNames), tie('tree'), { maxKeys: 8, noNullPrototype: true })
    .map((value): JsonObject => value),
}));

describe('arbitrary JSON', () => {
  it('is read, defaulted, validated and summed up without an exception', () => {
    fc.assert(
      fc.property(tree, tree, tree, fc.boolean(), (spec, metadata, status, unknownFields) => {
        // Through text, as over the wire: `__proto__` becomes a member.
        const value: Json = JSON.parse(JSON.stringify({ metadata, spec, status, tree: spec }));
        const faults = new Faults({ unknownFields });
        const pod = readPod(value, faults);
        const stored = defaultPod(pod);
        validatePod(stored, faults);
        for (const sum of [
          effectiveRequests,
          effectiveLimits,
          chargedRequests,
          nonZeroRequests,
          chargedNonZeroRequests,
        ]) {
          expect(sum(stored)).toBeInstanceOf(Map);
        }
        explainEffective(stored);
        qosClass(stored);
        const template = readPodTemplateSpec(value, 'spec.template', faults);
        validatePodTemplate(defaultPodTemplate(template), faults);
        expect(faults.path()).toBe('');
        readPod(spec, faults);
        expect(faults.path()).toBe('');
      }),
      { numRuns: 3000 },
    );
  });

  it('in the place of any member of a real pod does no harm', () => {
    const places = placesOf(realisticPod());
    fc.assert(
      fc.property(fc.constantFrom(...places), tree, (place, value) => {
        const manifest = realisticPod();
        put(manifest, place, value);
        const faults = new Faults({ unknownFields: true });
        const pod = defaultPod(readPod(manifest, faults));
        validatePod(pod, faults);
        explainEffective(pod);
        expect(faults.path()).toBe('');
        for (const { message, field } of faults.errors) expect(message.startsWith(`${field}: `)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('a real pod has no fault', () => {
    const faults = new Faults({ unknownFields: true });
    validatePod(defaultPod(readPod(realisticPod(), faults)), faults);
    expect([faults.errors, faults.warnings, faults.unknownFields]).toEqual([[], [], []]);
  });
});

type Place = readonly (string | number)[];

/** The path of every member and item at any depth. */
function placesOf(value: Json, place: Place = []): Place[] {
  const below: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  const own = place.length > 0 ? [place] : [];
  return [...own, ...below.flatMap(([key, member]) => placesOf(member, [...place, key]))];
}

function put(root: Json, place: Place, value: Json): void {
  let target: Json | undefined = root;
  for (const [depth, key] of place.entries()) {
    const last = depth === place.length - 1;
    if (Array.isArray(target) && typeof key === 'number') {
      if (last) target[key] = value;
      else target = target[key];
    } else if (typeof target === 'object' && target !== null && !Array.isArray(target)) {
      if (last) target[key] = value;
      else target = target[key];
    }
  }
}
