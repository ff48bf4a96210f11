import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitPod, readPolicies } from '../../src/kubernetes/admission/admit-pod.js';
import { QuotaLedger } from '../../src/kubernetes/admission/resource-quota.js';
import { defaultPod } from '../../src/kubernetes/defaulting.js';
import { Faults } from '../../src/kubernetes/faults.js';
import { keptKinds } from '../../src/kubernetes/kinds.js';
import { lifecycleOf, lifecycleOfChange } from '../../src/kubernetes/lifecycle/lifecycle.js';
import { readManifests } from '../../src/kubernetes/manifests.js';
import { checkObject } from '../../src/kubernetes/objects/check-object.js';
import { expandMatchLabelKeys, pinToNode, workloadPods } from '../../src/kubernetes/pod-templates.js';
import { readPod } from '../../src/kubernetes/read-pod.js';
import { podResizeFaults } from '../../src/kubernetes/resize-rules.js';
import type { Json, JsonObject } from '../../src/kubernetes/types.js';
import { podUpdateFaults } from '../../src/kubernetes/update-rules.js';
import { validatePod } from '../../src/kubernetes/validation/validate-pod.js';

/** Members that the readers look for, so that arbitrary values reach deep into them. */
const members = (
  'metadata name namespace labels annotations ownerReferences uid spec status template jobTemplate selector matchLabels ' +
  'matchExpressions key operator values containers initContainers ephemeralContainers resources requests limits cpu ' +
  'memory replicas strategy updateStrategy rollingUpdate maxSurge maxUnavailable parallelism completions taints effect ' +
  'allocatable capacity conditions images hard scopes scopeSelector overhead podFixed scheduling tolerations affinity ' +
  'nodeAffinity requiredDuringSchedulingIgnoredDuringExecution nodeSelectorTerms volumeClaimTemplates volumes env ' +
  'ordinals minAvailable scaleTargetRef value type max min default __proto__ constructor'
).split(' ');
/** Members of pods that only their validation looks at. */
const podMembers = (
  'name image env valueFrom fieldRef fieldPath resourceFieldRef divisor configMapKeyRef secretKeyRef fileKeyRef envFrom ' +
  'configMapRef volumeMounts mountPath subPath subPathExpr mountPropagation recursiveReadOnly volumeDevices devicePath ' +
  'securityContext windowsOptions hostProcess runAsUserName seccompProfile appArmorProfile localhostProfile type sysctls ' +
  'capabilities supplementalGroups fsGroup allowPrivilegeEscalation privileged resizePolicy restartPolicyRules exitCodes ' +
  'lifecycle preStop livenessProbe httpGet httpHeaders port exec command resources claims request volumes emptyDir ' +
  'sizeLimit hostPath path configMap items secret projected sources downwardAPI serviceAccountToken ephemeral ' +
  'volumeClaimTemplate metadata spec accessModes iscsi iqn fc targetWWNs flexVolume options azureDisk csi driver quobyte ' +
  'dnsConfig nameservers searches dnsPolicy hostAliases hostnames ip os resourceClaims readinessGates hostnameOverride ' +
  'hostUsers ephemeralContainers initContainers containers topologySpreadConstraints matchLabelKeys labelSelector'
).split(' ');

const jsonOf = (names: readonly string[]): fc.Arbitrary<Json> =>
  fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 7, depthSize: 'large' },
      fc.constantFrom<Json>(null, true, 0, 1, -3, 1.5, 1e300, '', '1', '1Gi', 'Always', 'x', 'Container', '25%'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('json'), { maxKeys: 6 }),
    ),
  })).json;
const json = jsonOf(members);
const podJson = jsonOf(podMembers);
const kind = fc.constantFrom(...keptKinds.map((info) => info.kind));
const manifestOf = (spec: Json, metadata: Json, name: string): JsonObject => ({
  kind: name,
  metadata,
  spec,
  status: spec,
});

describe('any JSON', () => {
  it('is checked as every kind without throwing', () => {
    fc.assert(
      fc.property(kind, json, json, (name, spec, metadata) => {
        const faults = new Faults({ unknownFields: true });
        checkObject(name, manifestOf(spec, metadata, name), faults);
        expect(faults.path()).toBe(''); // every position entered was left
      }),
      { numRuns: 3000 },
    );
  });

  it('is judged as a pod, and as a resize of another, without throwing', () => {
    fc.assert(
      fc.property(podJson, podJson, podJson, (spec, container, volume) => {
        const whole = (part: Json): JsonObject => ({
          ...(part as JsonObject | null),
          containers: [{ name: 'a', image: 'x', ...(container as JsonObject | null) }],
          volumes: [{ name: 'v', ...(volume as JsonObject | null) }],
        });
        for (const part of [spec, whole(spec)]) {
          const faults = new Faults();
          validatePod(defaultPod(readPod({ metadata: { name: 'p' }, spec: part }, faults)), faults);
          expect(faults.path()).toBe('');
        }
        podResizeFaults({ spec }, { spec: whole(spec) });
      }),
      { numRuns: 2000 },
    );
  });

  it('gives pods of templates, start sequences and effects of changes without throwing', () => {
    fc.assert(
      fc.property(kind, json, json, (name, spec, other) => {
        const info = keptKinds.find((item) => item.kind === name)!;
        const apiVersion = info.group === '' ? 'v1' : `${info.group}/v1`;
        const manifest = { apiVersion, kind: name, metadata: { name: 'x' }, spec };
        for (const item of readManifests([manifest]).manifests) {
          const pods = workloadPods(item);
          if (pods !== undefined) expect(pinToNode(pods.pod(3), 'n')).toMatchObject({ kind: 'Pod' });
        }
        lifecycleOf([manifest]);
        lifecycleOfChange(manifest, { ...manifest, spec: other });
        podUpdateFaults({ spec }, { spec: other });
      }),
      { numRuns: 3000 },
    );
  });

  it('is admitted by any policies without throwing', () => {
    const policyKind = fc.constantFrom('LimitRange', 'ResourceQuota', 'PriorityClass', 'RuntimeClass');
    fc.assert(
      fc.property(json, fc.array(fc.tuple(policyKind, json), { maxLength: 4 }), (spec, items) => {
        const policies = readPolicies(
          items.map(([name, item]) => ({ ...manifestOf(item, { name: 'x' }, name), overhead: item })),
        );
        const ledger = new QuotaLedger(policies.quotas.get('default') ?? []);
        const pod = expandMatchLabelKeys(defaultPod(readPod({ metadata: { name: 'p' }, spec }, new Faults())));
        const admitted = admitPod(pod, policies, ledger);
        ledger.charge(ledger.claim(admitted.pod));
        expect(ledger.room(ledger.claim(admitted.pod))).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});
