import { describe, expect, it } from 'vitest';
import { buildCluster, constraintSpec, podManifest, type Constraint } from '../../test/build/cluster.js';
import { seededRandom } from '../../test/build/random.js';
import { readSubjects } from '../planning/subject.js';
import { compilePod, runCycle } from '../scheduler/cycle.js';
import { defaultProfile } from '../scheduler/configuration.js';
import type { ClusterModel } from '../scheduler/model.js';
import { claimChange, claimDesk, type Wish } from './claim.js';

const size = { namespace: 'claims', tier: 'front', cpu: '500m', memory: '512Mi' };

function wish(model: ClusterModel, name: string, constraint: Constraint): Wish {
  const manifest = podManifest(constraint, name, '', size, constraintSpec(constraint, constraint));
  const [subject] = readSubjects(manifest, {}, model).subjects;
  return { id: name, subject: subject!, index: 0, pod: subject!.record, node: null };
}

/** What kube-scheduler's cycle says, everything looked at anew. */
function bestNode(model: ClusterModel, { pod }: Wish): string {
  const slot = runCycle(model, compilePod(pod, defaultProfile)).best;
  return slot < 0 ? '' : model.nodeName(slot);
}

describe('a desk that lives on with its draft', () => {
  it.each<[Constraint, number]>([
    ['none', 1],
    ['spread', 2],
    ['antiAffinity', 3],
    ['preferred', 4],
  ])('%s: chooses what a whole cycle would, batch after batch', (constraint, seed) => {
    const random = seededRandom(seed);
    const draft = buildCluster({ seed, nodes: 40, pods: 300, templates: 20, constrained: 0.5 });
    const constraints: Constraint[] = ['none', constraint];
    const first = claimDesk(draft);
    let kept = 0;
    for (let step = 0; step < 120; step++) {
      const asked = wish(draft, `claim-${step}`, constraints[step % 2]!);
      const desk = claimDesk(draft);
      if (desk === first) kept++;
      const choice = desk.choose(asked);
      const expected = bestNode(draft, asked);
      if (expected === '') expect(choice).toHaveProperty('refused');
      else expect(choice).toEqual({ node: expected });
      const event = random();
      // most are granted; some requests fail after all
      if ('node' in choice && event < 0.9) draft.apply(claimChange(asked.id, { ...asked.pod, nodeName: choice.node }));
      if (event < 0.3) {
        // granted by another replica, where this one would perhaps not have
        const other = wish(draft, `other-${step}`, 'none');
        const nodeName = draft.nodeName(draft.nodeSlots()[Math.floor(random() * 40)]!);
        draft.apply(claimChange(other.id, { ...other.pod, nodeName }));
      }
      // published, and renewed
      if (step % 10 === 9) draft.fork();
      const [renewed] = draft.reservations();
      if (renewed !== undefined) draft.apply({ type: 'reservation', id: renewed.id, reservation: renewed });
    }
    expect(kept).toBe(120);
  });

  it('anything else that changes ends it', () => {
    const draft = buildCluster({ seed: 5, nodes: 10, pods: 20, templates: 5 });
    const granted = wish(draft, 'a', 'none');
    draft.apply(claimChange('a', { ...granted.pod, nodeName: draft.nodeName(0) }));
    const desk = claimDesk(draft);
    expect(claimDesk(draft)).toBe(desk);
    draft.apply({ type: 'reservation', id: 'a', reservation: null });
    const next = claimDesk(draft);
    expect(next).not.toBe(desk);
    draft.apply({ type: 'object', group: '', kind: 'Namespace', namespace: '', name: 'n', object: {} });
    expect(claimDesk(draft)).not.toBe(next);
  });
});
