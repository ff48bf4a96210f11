import { describe, expect, it } from 'vitest';
import { defaultPod } from '../defaulting.js';
import { Faults } from '../faults.js';
import { readResourceQuota } from '../read-policies.js';
import { readPod } from '../read-pod.js';
import type { JsonObject, Pod } from '../types.js';
import { podQuotaUsage, QuotaLedger } from './resource-quota.js';

const quota = (hard: JsonObject, more: JsonObject = {}, name = 'q'): ReturnType<typeof readResourceQuota> =>
  readResourceQuota({ metadata: { name, namespace: 'shop' }, spec: { hard, ...more } }, new Faults());
const pod = (resources: JsonObject, spec: JsonObject = {}, status: JsonObject = {}): Pod =>
  defaultPod(
    readPod(
      { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources }], ...spec }, status },
      new Faults(),
    ),
  );
const oneCpu = { requests: { cpu: '1' }, limits: { cpu: '1' } };

describe('usage of a pod', () => {
  const rows: [name: string, pod: Pod, expected: Record<string, string>][] = [
    ['nothing asked for', pod({}), {}],
    [
      'requests and limits',
      pod({ requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } }),
      {
        cpu: '1',
        'requests.cpu': '1',
        'limits.cpu': '2',
        memory: '1Gi',
        'requests.memory': '1Gi',
        'limits.memory': '1Gi',
      },
    ],
    [
      'the peak of init containers',
      pod({ requests: { cpu: '1' } }, { initContainers: [{ name: 'i', resources: { requests: { cpu: '3' } } }] }),
      { cpu: '3', 'requests.cpu': '3' },
    ],
    [
      'overhead',
      pod({ requests: { cpu: '1' } }, { overhead: { cpu: '500m' } }),
      { cpu: '1500m', 'requests.cpu': '1500m' },
    ],
    [
      'extended resources as requests only',
      pod({ limits: { 'example.com/gpu': '2' } }),
      { 'requests.example.com/gpu': '2' },
    ],
    [
      'hugepages',
      pod({ limits: { 'hugepages-2Mi': '4Mi' } }),
      { 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi' },
    ],
  ];
  it.each(rows)('%s', (_, subject, expected) => {
    const shown = Object.fromEntries([...podQuotaUsage(subject)].map(([key, amount]) => [key, amount.toString()]));
    expect(shown).toEqual({ 'count/pods': '1', pods: '1', ...expected });
  });

  it('that has ended is its object alone', () => {
    expect([...podQuotaUsage(pod(oneCpu, {}, { phase: 'Succeeded' })).keys()]).toEqual(['count/pods']);
  });
});

describe('QuotaLedger', () => {
  const sentences = (ledger: QuotaLedger, subject: Pod): string[] =>
    ledger.check(ledger.claim(subject)).map(({ message }) => message);

  const rows: [name: string, hard: JsonObject, used: number, subject: Pod, sentences: string[]][] = [
    ['within', { 'requests.cpu': '2' }, 1, pod(oneCpu), []],
    [
      'exceeded',
      { 'requests.cpu': '2', pods: '2' },
      2,
      pod(oneCpu),
      [
        'exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=2, limited: pods=2,requests.cpu=2',
      ],
    ],
    [
      'only the exceeded keys',
      { 'requests.cpu': '2', pods: '9' },
      2,
      pod(oneCpu),
      ['exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=2, limited: requests.cpu=2'],
    ],
    [
      'a field that is missing',
      { 'limits.memory': '1Gi' },
      0,
      pod(oneCpu),
      ['failed quota: q: must specify limits.memory for: c'],
    ],
    [
      'fields that are missing, sorted',
      { 'requests.memory': '1Gi', 'limits.cpu': '9' },
      0,
      pod({}, { initContainers: [{ name: 'a' }] }),
      ['failed quota: q: must specify limits.cpu for: a,c; requests.memory for: a,c'],
    ],
    [
      'fields are optional with pod-level resources',
      { 'limits.cpu': '9' },
      0,
      pod({}, { resources: { limits: { cpu: '1' } } }),
      [],
    ],
    ['ephemeral-storage need not be set', { 'requests.ephemeral-storage': '1Gi' }, 0, pod({}), []],
    [
      'what asks for nothing is never refused',
      { 'example.com/x': '0', 'requests.example.com/gpu': '0' },
      0,
      pod({}),
      [],
    ],
    ['objects that are no pods do not matter', { services: '0', 'count/configmaps': '0' }, 0, pod({}), []],
  ];
  it.each(rows)('%s', (_, hard, used, subject, expected) => {
    const ledger = new QuotaLedger([quota(hard)]);
    ledger.charge(ledger.claim(pod(oneCpu)), used);
    expect(sentences(ledger, subject)).toEqual(expected);
    expect(ledger.admits(ledger.claim(subject))).toBe(expected.length === 0);
  });

  const bestEffort = pod({});
  const deadline = pod({}, { activeDeadlineSeconds: 5 });
  const crossing = pod(
    {},
    {
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', namespaces: ['x'] }] },
      },
    },
  );
  const high = pod({}, { priorityClassName: 'high' });
  const expression = (operator: string, ...values: string[]): JsonObject => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
  });
  const scopes: [name: string, scope: JsonObject, subject: Pod, counts: boolean][] = [
    ['BestEffort', { scopes: ['BestEffort'] }, bestEffort, true],
    ['BestEffort, not', { scopes: ['BestEffort'] }, pod(oneCpu), false],
    ['NotBestEffort', { scopes: ['NotBestEffort'] }, pod(oneCpu), true],
    ['Terminating', { scopes: ['Terminating'] }, deadline, true],
    ['NotTerminating', { scopes: ['NotTerminating'] }, deadline, false],
    ['two scopes', { scopes: ['Terminating', 'BestEffort'] }, deadline, true],
    ['CrossNamespacePodAffinity', { scopes: ['CrossNamespacePodAffinity'] }, crossing, true],
    ['CrossNamespacePodAffinity, not', { scopes: ['CrossNamespacePodAffinity'] }, bestEffort, false],
    ['PriorityClass In', expression('In', 'high'), high, true],
    ['PriorityClass In, other', expression('In', 'low'), high, false],
    ['PriorityClass NotIn, none', expression('NotIn', 'high'), bestEffort, true],
    ['PriorityClass Exists, none', expression('Exists'), bestEffort, false],
    ['PriorityClass DoesNotExist', expression('DoesNotExist'), high, false],
    ['a scope nobody knows', { scopes: ['Nice'] }, bestEffort, false],
  ];
  it.each(scopes)('scope %s', (_, scope, subject, counts) => {
    const ledger = new QuotaLedger([quota({ pods: '0' }, scope)]);
    expect(sentences(ledger, subject).length > 0).toBe(counts);
  });

  it('has room for as many as it admits one after another', () => {
    const ledger = new QuotaLedger([quota({ 'requests.cpu': '3500m' }), quota({ pods: '5' }, {}, 'r')]);
    const claim = ledger.claim(pod(oneCpu));
    expect(ledger.room(claim)).toBe(3);
    let admitted = 0;
    const copy = ledger.fork();
    while (copy.admits(claim)) {
      copy.charge(claim);
      admitted++;
    }
    expect(admitted).toBe(3);
    expect(copy.room(claim)).toBe(0);
    expect(ledger.room(claim)).toBe(3);
    expect(ledger.room(ledger.claim(pod({})))).toBe(0); // requests.cpu must be set
    const free = new QuotaLedger([]);
    expect(free.room(free.claim(pod(oneCpu)))).toBe(Infinity);
  });

  it('admits nothing more of what is over its limit, and anything that asks for none of it', () => {
    const ledger = new QuotaLedger([quota({ 'requests.example.com/gpu': '1' })]);
    const gpus = ledger.claim(pod({ limits: { 'example.com/gpu': '3' } }));
    ledger.charge(gpus);
    expect(ledger.room(gpus)).toBe(0);
    expect(ledger.admits(ledger.claim(pod(oneCpu)))).toBe(true);
  });

  it('lists offences in the order of names', () => {
    const ledger = new QuotaLedger([quota({ 'requests.memory': '1Gi' }, {}, 'b'), quota({ pods: '0' }, {}, 'a')]);
    const claim = ledger.claim(pod({ requests: { memory: '768Mi' } }));
    ledger.charge(claim);
    expect(ledger.check(claim).map(({ message }) => message)).toEqual([
      'exceeded quota: a, requested: pods=1, used: pods=1, limited: pods=0',
      'exceeded quota: b, requested: requests.memory=768Mi, used: requests.memory=768Mi, limited: requests.memory=1Gi',
    ]);
  });

  const memory = (amount: string): Pod => pod({ requests: { memory: amount } });
  const spellings: [name: string, used: string[], requested: string, shown: string][] = [
    [
      'what is asked for as the pod writes it',
      [],
      '2147483648',
      'requested: requests.memory=2147483648, used: requests.memory=0',
    ],
    ['binary', ['512Mi'], '2048Mi', 'requested: requests.memory=2Gi, used: requests.memory=512Mi'],
    ['decimal', ['500M'], '2G', 'requested: requests.memory=2G, used: requests.memory=500M'],
    ['with an exponent', ['5e8'], '2e9', 'requested: requests.memory=2e9, used: requests.memory=500e6'],
    [
      'a sum as its first addend',
      ['512Mi', '524288k'],
      '2G',
      'requested: requests.memory=2G, used: requests.memory=1012Mi',
    ],
    [
      'a sum as its first addend, decimal',
      ['1048576', '1Mi'],
      '2Gi',
      'requested: requests.memory=2Gi, used: requests.memory=2097152',
    ],
    [
      'a sum as its first addend that is not zero',
      ['0', '512Mi'],
      '2G',
      'requested: requests.memory=2G, used: requests.memory=512Mi',
    ],
  ];
  it.each(spellings)('prints %s', (_, used, requested, shown) => {
    const ledger = new QuotaLedger([quota({ 'requests.memory': '1024Mi' })]);
    for (const amount of used) ledger.charge(ledger.claim(memory(amount)));
    expect(sentences(ledger.fork(), memory(requested))).toEqual([
      `exceeded quota: q, ${shown}, limited: requests.memory=1Gi`,
    ]);
  });
});
