/** What must hold of answers whatever the cluster and the pod: small random clusters, every rule in play. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';
import { effective } from '../../src/planning/effective.js';
import { PlanningError } from '../../src/planning/errors.js';
import { fit } from '../../src/planning/fit.js';
import { capacity } from '../../src/planning/capacity.js';
import { pending } from '../../src/planning/pending.js';
import { simulate } from '../../src/planning/simulate.js';
import type { WhatIfOperation } from '../../src/planning/request.js';
import { nodeOf, podOf, questionContext } from '../build/question-context.js';

const runs = { numRuns: 150 };
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

const cpu = fc.integer({ min: 1, max: 30 }).map((tenths) => `${tenths * 100}m`);
const memory = fc.integer({ min: 1, max: 32 }).map((parts) => `${parts * 256}Mi`);
const app = fc.constantFrom('web', 'db');
const zone = fc.constantFrom('a', 'b', 'c');

const nodeParts = fc.record({
  cpu: fc.integer({ min: 1, max: 8 }).map(String),
  memory: fc.integer({ min: 1, max: 16 }).map((gi) => `${gi}Gi`),
  pods: fc.integer({ min: 1, max: 6 }).map(String),
  labels: fc.record({ zone, disk: fc.constantFrom('ssd', 'hdd') }),
  taints: fc.constantFrom<Json[]>([], [], [], [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }]),
  unschedulable: fc.constantFrom(false, false, false, true),
});

/** Requests only: neither affinity nor spread. */
const plainSpec = fc.record({
  containers: fc
    .tuple(cpu, memory)
    .map(([c, m]) => [{ name: 'app', image: 'app', resources: { requests: { cpu: c, memory: m } } }]),
  initContainers: fc.oneof(
    fc.constant([]),
    cpu.map((c) => [{ name: 'init', image: 'app', resources: { requests: { cpu: c } } }]),
  ),
});

const wishes = fc.constantFrom<JsonObject>(
  {},
  {},
  { nodeSelector: { disk: 'ssd' } },
  { tolerations: [{ key: 'gpu', operator: 'Exists' }] },
  {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
      },
    ],
  },
  {
    affinity: {
      podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } } }] },
    },
  },
  {
    affinity: { podAffinity: { [REQUIRED]: [{ topologyKey: 'zone', labelSelector: { matchLabels: { app: 'db' } } }] } },
  },
);

function cluster(plain: boolean): fc.Arbitrary<{ documents: Json[]; subject: JsonObject }> {
  const spec = plain ? plainSpec : fc.tuple(plainSpec, wishes).map(([own, extra]) => ({ ...own, ...extra }));
  const labelled = fc.record({ app }).map((labels) => labels as JsonObject);
  const bound = fc.record({ at: fc.nat(), labels: labelled, spec, priority: fc.integer({ min: 0, max: 3 }) });
  return fc
    .record({
      nodes: fc.array(nodeParts, { minLength: 1, maxLength: 5 }),
      pods: fc.array(bound, { maxLength: 8 }),
      subject: fc.record({ labels: labelled, spec }),
    })
    .map(({ nodes, pods, subject }) => ({
      documents: [
        ...nodes.map((parts, index) => nodeOf(`n${index}`, { ...parts, labels: parts.labels })),
        ...pods.map(({ at, labels, spec: podSpec, priority }, index) =>
          podOf(`p${index}`, { node: `n${at % nodes.length}`, labels, spec: { ...(podSpec as JsonObject), priority } }),
        ),
      ],
      subject: podOf('subject', { labels: subject.labels, spec: subject.spec as JsonObject }),
    }));
}

describe('fit', () => {
  test('a candidate accepts the pod when it is placed', () => {
    fc.assert(
      fc.property(cluster(false), ({ documents, subject }) => {
        const context = questionContext(documents);
        for (const { node, freeAfter } of fit(context, { manifest: subject }).candidates) {
          const whatIf: WhatIfOperation[] = [{ op: 'addPods', manifest: subject, node }];
          const [row] = fit(context, { manifest: podOf('none'), whatIf, nodes: [node], candidateLimit: 1 }).candidates;
          // The node then has what was foretold, less the place of the pod that asks now.
          if (row !== undefined) {
            const { pods: podsLeft, ...left } = row.freeAfter;
            const { pods: podsForetold, ...foretold } = freeAfter;
            expect(left).toEqual(foretold);
            expect(Number(podsLeft)).toBe(Number(podsForetold) - 1);
          }
        }
      }),
      runs,
    );
  });

  test('the shortfall, granted, removes that reason', () => {
    fc.assert(
      fc.property(cluster(false), ({ documents, subject }) => {
        const context = questionContext(documents);
        const answer = fit(context, { manifest: subject, explain: 'all', quantities: 'integer' });
        for (const { node, all = [] } of answer.rejected ?? []) {
          for (const { plugin, shortfall } of all) {
            if (shortfall === undefined) continue;
            const slot = context.model.nodeSlot(node);
            const granted = Object.entries(shortfall).map(([resource, short]) => {
              const now = Number(context.model.allocatableOf(slot).get(resource) ?? 0n);
              return [resource, resource === 'cpu' ? `${now + Number(short)}m` : `${now + Number(short)}`];
            });
            const patch = { status: { allocatable: Object.fromEntries(granted) as JsonObject } };
            const whatIf: WhatIfOperation[] = [{ op: 'patchNodes', names: [node], patch }];
            const after = fit(context, { manifest: subject, explain: 'all', nodes: [node], whatIf });
            const plugins = (after.rejected ?? []).flatMap((rejection) =>
              (rejection.all ?? []).map((each) => each.plugin),
            );
            expect(plugins).not.toContain(plugin);
          }
        }
      }),
      runs,
    );
  });

  test('every remedy, applied, makes it fit', () => {
    let shown = 0;
    fc.assert(
      fc.property(cluster(false), ({ documents, subject }) => {
        const context = questionContext(documents);
        const { remedies } = fit(context, { manifest: subject, explain: 'all' });
        for (const { whatIf, node } of remedies) {
          shown++;
          expect(fit(context, { manifest: subject, whatIf })).toMatchObject({ verdict: 'yes', node });
        }
      }),
      runs,
    );
    expect(shown).toBeGreaterThan(20);
  });

  test('adding a pod never makes another fit that did not, without affinity and spread', () => {
    fc.assert(
      fc.property(cluster(true), cluster(true), fc.nat(), ({ documents, subject }, other, at) => {
        const context = questionContext(documents);
        const before = fit(context, { manifest: subject });
        const node = context.model.nodeName(context.model.nodeSlots()[at % context.model.nodeCount]!);
        const manifest = { ...other.subject, metadata: { name: 'added' } };
        const after = fit(context, { manifest: subject, whatIf: [{ op: 'addPods', manifest, node }] });
        const fitting = new Set(before.candidates.map((candidate) => candidate.node));
        for (const candidate of after.candidates) expect(fitting).toContain(candidate.node);
      }),
      runs,
    );
  });

  test('funnel, groups and blockers count the rejected nodes', () => {
    fc.assert(
      fc.property(cluster(false), ({ documents, subject }) => {
        const {
          funnel,
          nodeCounts,
          blockers = [],
          rejected = [],
          rejectedGroups,
        } = fit(questionContext(documents), { manifest: subject, explain: 'all' });
        expect(funnel.at(-1)?.remaining).toBe(nodeCounts.feasible);
        expect(blockers.reduce((sum, { first }) => sum + first, 0)).toBe(nodeCounts.total - nodeCounts.feasible);
        for (const { plugin, reason, nodes } of rejectedGroups) {
          const refused = rejected.filter((each) => each.plugin === plugin && each.reasons.includes(reason));
          expect(nodes, reason).toBe(refused.length);
        }
        for (const { plugin, rejected: count } of funnel) {
          expect(count, plugin).toBe(rejected.filter((each) => each.plugin === plugin).length);
        }
      }),
      runs,
    );
  });
});

test('capacity: so many fit together, and not one more; the first goes where fit says', () => {
  fc.assert(
    fc.property(cluster(false), ({ documents, subject }) => {
      const context = questionContext(documents);
      const { replicas, nodeSequence = [], limitedBy } = capacity(context, { manifest: subject, sequence: true });
      expect(limitedBy).toBe('nodes');
      expect(nodeSequence[0] ?? null).toBe(fit(context, { manifest: subject }).node);
      const placed = { ...subject, metadata: { ...(subject['metadata'] as JsonObject), name: 'placed' } };
      const whatIf: WhatIfOperation[] = nodeSequence.map((node) => ({ op: 'addPods', manifest: placed, node }));
      expect(fit(context, { manifest: subject, whatIf })).toMatchObject({ verdict: 'no' });
      expect(replicas).toBe(nodeSequence.length);
    }),
    { numRuns: 60 },
  );
});

test('simulate places what capacity counts', () => {
  fc.assert(
    fc.property(cluster(true), fc.integer({ min: 1, max: 12 }), ({ documents, subject }, asked) => {
      const context = questionContext(documents);
      const manifests = Array.from({ length: asked }, (_, index) => ({ ...subject, metadata: { name: `s${index}` } }));
      const { placed, remaining } = simulate(context, { manifests });
      const { replicas } = capacity(context, { manifest: subject });
      expect(placed).toBe(Math.min(asked, replicas));
      expect(placed + remaining).toBe(asked);
    }),
    { numRuns: 60 },
  );
});

test('any JSON is answered or refused, never thrown at', () => {
  const context = questionContext([nodeOf('n1')]);
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record({
      apiVersion: fc.constantFrom('v1', 'apps/v1'),
      kind: fc.constantFrom('Pod', 'Deployment', 'CronJob'),
      metadata: fc.jsonValue(),
      spec: fc.jsonValue(),
    }),
  ) as fc.Arbitrary<Json>;
  const answered = (ask: () => unknown): void => {
    try {
      ask();
    } catch (error) {
      expect(error).toBeInstanceOf(PlanningError);
    }
  };
  fc.assert(
    fc.property(json, (value) => {
      answered(() => fit(context, { manifest: value, explain: 'all' }));
      answered(() => effective(null, { manifest: value }));
      answered(() => capacity(context, { manifest: value, max: 3 }));
      answered(() => simulate(context, { manifests: value }));
      answered(() => fit(context, { manifest: podOf('a'), whatIf: [{ op: 'import', manifests: value }] }));
      answered(() => fit(context, { manifest: podOf('a'), whatIf: [{ op: 'addNodes', node: value }] }));
      answered(() => fit(context, { manifest: podOf('a'), whatIf: [{ op: 'patchSubject', patch: value }] }));
      answered(() =>
        fit(context, { manifest: podOf('a'), whatIf: [{ op: 'patchNodes', names: ['n1'], patch: value }] }),
      );
    }),
    { numRuns: 300 },
  );
});

describe('the same data', () => {
  /** Every document as it is stored, in another order, after another history. */
  const reordered = (documents: readonly Json[], order: readonly number[]): Json[] =>
    documents
      .map((document, index) => ({ document, at: order[index] ?? 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ document }) => document);

  test('gets the same bytes, whatever its history', () => {
    fc.assert(
      fc.property(
        cluster(false),
        fc.array(fc.nat(1000), { minLength: 16, maxLength: 16 }),
        fc.array(nodeParts, { maxLength: 3 }),
        ({ documents, subject }, order, passing) => {
          const waiting = podOf('waiting', { requests: { cpu: '500m' } });
          const all = [...documents, waiting];
          const straight = questionContext(all);
          // Nodes and pods that came and went first, a pod that went and came again, everything else in between.
          const guests = passing.map((parts, index) => nodeOf(`guest${index}`, { ...parts, labels: parts.labels }));
          const first = passing.map((_, index) =>
            podOf(`guest${index}`, { node: `guest${index}`, labels: { app: 'web' }, requests: { cpu: '100m' } }),
          );
          const winding = questionContext([...guests, ...first, ...reordered(all, order)]);
          for (const [index] of passing.entries()) {
            winding.model.apply({ type: 'pod', namespace: 'default', name: `guest${index}`, pod: null });
            winding.model.apply({ type: 'node', name: `guest${index}`, node: null });
          }
          const again = winding.model.pod('default', 'p0');
          if (again !== undefined) {
            winding.model.apply({ type: 'pod', namespace: 'default', name: 'p0', pod: null });
            winding.model.apply({ type: 'pod', namespace: 'default', name: 'p0', pod: again });
          }
          const forked = { ...winding, model: winding.model.fork() };
          const questions = [
            (context: typeof straight) => fit(context, { manifest: subject, explain: 'all', preemption: true }),
            (context: typeof straight) => fit(context, { manifest: subject, pending: 'first' }),
            (context: typeof straight) => capacity(context, { manifest: subject, sequence: true, max: 20 }),
            (context: typeof straight) => simulate(context, { manifests: [subject, waiting] }),
            (context: typeof straight) => pending(context, {}),
          ];
          for (const ask of questions) {
            const answer = JSON.stringify(ask(straight));
            expect(JSON.stringify(ask(winding))).toBe(answer);
            expect(JSON.stringify(ask(forked))).toBe(answer);
          }
        },
      ),
      runs,
    );
  });
});
