import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../types.js';
import { lifecycleOf } from './lifecycle.js';
import type { StartSequence } from './start-sequence.js';

const container = (name: string, cpu: string, more: JsonObject = {}): JsonObject => ({
  name,
  image: 'x',
  resources: { requests: { cpu } },
  ...more,
});
const sidecar = { restartPolicy: 'Always' };
const sequence = (spec: JsonObject): StartSequence => {
  const result = lifecycleOf([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }]);
  if (!('answer' in result)) throw new Error(JSON.stringify(result));
  return result.answer[0]!;
};
const running = (spec: JsonObject): string[] =>
  sequence(spec).stages.map((stage) => stage.running.map(({ name, type }) => `${name}:${type}`).join(' '));

const typical: JsonObject = {
  initContainers: [container('migrate', '2'), container('proxy', '100m', sidecar), container('warm', '1500m')],
  containers: [container('app', '500m'), container('log', '100m')],
};

describe('start sequence', () => {
  it('runs init containers in order, each beside the sidecars before it, then all app containers', () => {
    expect(running(typical)).toEqual([
      '',
      'migrate:init',
      'proxy:sidecar',
      'proxy:sidecar warm:init',
      'proxy:sidecar app:work log:work',
    ]);
  });

  it('shows what is in use of what is reserved', () => {
    const { stages } = sequence(typical);
    expect(
      stages.map(({ inUse, reserved, idle }) => [inUse['cpu'] ?? '0', reserved['cpu'], idle['cpu'] ?? '0']),
    ).toEqual([
      ['0', '2', '2'],
      ['2', '2', '0'],
      ['100m', '2', '1900m'],
      ['1600m', '2', '400m'],
      ['700m', '2', '1300m'],
    ]);
  });

  it('counts overhead as in use from the start', () => {
    const { stages } = sequence({ containers: [container('app', '1')], overhead: { cpu: '250m' } });
    expect(stages.map(({ inUse }) => inUse['cpu'])).toEqual(['250m', '1250m']);
  });

  it('has the phase and the Initialized condition of the kubelet', () => {
    const { stages } = sequence(typical);
    expect(stages.map(({ phase, initialized, kubectlStatus }) => [phase, initialized.message, kubectlStatus])).toEqual([
      ['Pending', 'containers with incomplete status: [migrate proxy warm]', 'Init:0/3'],
      ['Pending', 'containers with incomplete status: [migrate proxy warm]', 'Init:0/3'],
      ['Pending', 'containers with incomplete status: [proxy warm]', 'Init:1/3'],
      ['Pending', 'containers with incomplete status: [warm]', 'Init:2/3'],
      ['Running', null, 'Running'],
    ]);
    expect(stages[0]?.initialized).toMatchObject({ status: 'False', reason: 'ContainersNotInitialized' });
    expect(stages.at(-1)?.initialized).toEqual({ status: 'True', reason: null, message: null });
  });

  it('without init containers is initialized at once', () => {
    const { stages, initRunsAgain } = sequence({ containers: [container('app', '1')] });
    expect(stages.map(({ initialized, kubectlStatus }) => [initialized.status, kubectlStatus])).toEqual([
      ['True', 'ContainerCreating'],
      ['True', 'Running'],
    ]);
    expect(initRunsAgain).toEqual([]);
  });

  const failures: [name: string, restartPolicy: string, init: JsonObject, effects: (string | undefined)[]][] = [
    ['Always retries an init container', 'Always', {}, [undefined, 'retried', 'retried']],
    ['OnFailure retries an init container', 'OnFailure', {}, [undefined, 'retried', 'retried']],
    ['Never fails the pod', 'Never', {}, [undefined, 'podFails', 'stays terminated']],
    ['a sidecar restarts even under Never', 'Never', sidecar, [undefined, 'retried', 'stays terminated']],
    ["the container's own policy goes first", 'Always', { restartPolicy: 'Never' }, [undefined, 'podFails', 'retried']],
  ];
  it.each(failures)('%s', (_, restartPolicy, init, effects) => {
    const { stages } = sequence({
      restartPolicy,
      initContainers: [container('i', '1', init)],
      containers: [container('app', '1')],
    });
    expect(stages.map(({ onFailure }) => onFailure?.effect)).toEqual(effects);
  });

  it('waits for the startupProbe of a sidecar, not for its end', () => {
    const startupProbe = { exec: { command: ['true'] } };
    const { stages } = sequence({
      initContainers: [container('a', '1', sidecar), container('b', '1', { ...sidecar, startupProbe })],
      containers: [container('app', '1')],
    });
    expect(stages.slice(1, 3).map(({ endsWhen }) => endsWhen)).toEqual([
      'a is started: its process runs',
      'b is started: its process runs and its startupProbe has succeeded',
    ]);
  });

  it('ends app containers first, then sidecars from the last to the first', () => {
    const { termination } = sequence({
      terminationGracePeriodSeconds: 10,
      initContainers: [container('a', '1', sidecar), container('b', '1', sidecar)],
      containers: [container('app', '1')],
    });
    expect(termination.gracePeriodSeconds).toBe(10);
    expect(termination.steps.map(({ stops }) => stops)).toEqual([['app'], ['b'], ['a']]);
  });

  it('is told of the pod of a template, with the faults at its place', () => {
    const job = (restartPolicy: string): JsonObject => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'backup' },
      spec: {
        schedule: '@daily',
        jobTemplate: { spec: { template: { spec: { restartPolicy, containers: [container('c', '1')] } } } },
      },
    });
    expect(lifecycleOf([job('Never')])).toMatchObject({
      answer: [{ kind: 'CronJob', name: 'backup', restartPolicy: 'Never' }],
    });
    expect(lifecycleOf([job('Sometimes')])).toMatchObject({
      errors: [
        { field: 'spec.jobTemplate.spec.template.spec.restartPolicy' },
        { field: 'spec.jobTemplate.spec.template.spec.restartPolicy' },
      ],
    });
  });

  it.each([[[]], [[{ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }]]])(
    'has nothing to tell of %j',
    (documents) => {
      expect(lifecycleOf(documents)).toEqual({ nothing: true });
    },
  );
});
