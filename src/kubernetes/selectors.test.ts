import { describe, expect, it } from 'vitest';
import {
  compileLabelSelector,
  compileNodeSelectorTerms,
  matches,
  matchesFields,
  matchesNodeTerms,
  parseFieldSelector,
  parseLabelSelector,
  readLabelSelector,
  selectorText,
} from './selectors.js';
import type { Json, Labels, NodeSelectorTerm } from './types.js';

const labels: Labels = { app: 'web', tier: 'front', size: '10', 'example.com/zone': 'a', empty: '' };
const expression = (key: string, operator: string, ...values: string[]): Json => ({ key, operator, values });

describe('LabelSelector', () => {
  const rows: [name: string, selector: Json, matches: boolean][] = [
    ['absent matches nothing', null, false],
    ['empty matches everything', {}, true],
    ['matchLabels equal', { matchLabels: { app: 'web', tier: 'front' } }, true],
    ['matchLabels different', { matchLabels: { app: 'web', tier: 'back' } }, false],
    ['matchLabels with the empty value', { matchLabels: { empty: '' } }, true],
    ['In', { matchExpressions: [expression('app', 'In', 'api', 'web')] }, true],
    ['In, other value', { matchExpressions: [expression('app', 'In', 'api')] }, false],
    ['In, label absent', { matchExpressions: [expression('nope', 'In', 'x')] }, false],
    ['NotIn', { matchExpressions: [expression('app', 'NotIn', 'api')] }, true],
    ['NotIn, same value', { matchExpressions: [expression('app', 'NotIn', 'web')] }, false],
    ['NotIn, label absent', { matchExpressions: [expression('nope', 'NotIn', 'x')] }, true],
    ['Exists', { matchExpressions: [expression('app', 'Exists')] }, true],
    ['Exists, label absent', { matchExpressions: [expression('nope', 'Exists')] }, false],
    ['DoesNotExist', { matchExpressions: [expression('nope', 'DoesNotExist')] }, true],
    ['DoesNotExist, label present', { matchExpressions: [expression('app', 'DoesNotExist')] }, false],
    ['both parts hold', { matchLabels: { app: 'web' }, matchExpressions: [expression('tier', 'In', 'front')] }, true],
    ['one part fails', { matchLabels: { app: 'web' }, matchExpressions: [expression('tier', 'In', 'back')] }, false],
    ['an empty In does not compile', { matchExpressions: [expression('app', 'In')] }, false],
    ['Gt is no label selector operator', { matchExpressions: [expression('size', 'Gt', '5')] }, false],
    ['an unknown operator does not compile', { matchExpressions: [expression('app', 'Like', 'web')] }, false],
    ['inherited members are no labels', { matchExpressions: [expression('constructor', 'Exists')] }, false],
    ['a selector that is no object is absent', 'app=web', false],
  ];
  it.each(rows)('%s', (_, selector, expected) => {
    expect(matches(compileLabelSelector(readLabelSelector(selector)), labels)).toBe(expected);
  });

  it('finds a label called constructor only when it is there', () => {
    const selector = compileLabelSelector(readLabelSelector({ matchLabels: { constructor: 'x' } }));
    expect(matches(selector, { constructor: 'x' })).toBe(true);
    expect(matches(selector, {})).toBe(false);
  });

  it('gives equal text to equal selectors however they are written', () => {
    const a = compileLabelSelector(readLabelSelector({ matchLabels: { b: '2', a: '1' } }));
    const b = compileLabelSelector(
      readLabelSelector({ matchExpressions: [expression('a', 'In', '1', '1'), expression('b', 'In', '2')] }),
    );
    expect(selectorText(a)).toBe(selectorText(b));
    expect(selectorText(compileLabelSelector(null))).not.toBe(selectorText([]));
  });
});

describe('node selector terms', () => {
  const term = (matchExpressions: Json[], matchFields: Json[] = []): NodeSelectorTerm => ({
    matchExpressions: readLabelSelector({ matchExpressions })!.matchExpressions,
    matchFields: readLabelSelector({ matchExpressions: matchFields })!.matchExpressions,
  });
  const rows: [name: string, terms: NodeSelectorTerm[], matches: boolean][] = [
    ['no terms', [], false],
    ['an empty term', [term([])], false],
    ['an empty term beside one that matches', [term([]), term([expression('app', 'Exists')])], true],
    ['Gt', [term([expression('size', 'Gt', '9')])], true],
    ['Gt, equal', [term([expression('size', 'Gt', '10')])], false],
    ['Lt', [term([expression('size', 'Lt', '11')])], true],
    ['Lt, a label that is no integer', [term([expression('app', 'Lt', '11')])], false],
    ['Lt, label absent', [term([expression('nope', 'Lt', '11')])], false],
    ['Gt with two values does not compile', [term([expression('size', 'Gt', '1', '2')])], false],
    ['Gt with a value that is no integer does not compile', [term([expression('size', 'Gt', '1.5')])], false],
    [
      'a term that does not compile is skipped',
      [term([expression('size', 'In')]), term([expression('app', 'In', 'web')])],
      true,
    ],
    ['metadata.name In', [term([], [expression('metadata.name', 'In', 'node-1')])], true],
    ['metadata.name In, other', [term([], [expression('metadata.name', 'In', 'node-2')])], false],
    ['metadata.name NotIn', [term([], [expression('metadata.name', 'NotIn', 'node-2')])], true],
    [
      'metadata.name In with two names does not compile',
      [term([], [expression('metadata.name', 'In', 'node-1', 'node-2')])],
      false,
    ],
    [
      'labels and fields both hold',
      [term([expression('app', 'In', 'api')], [expression('metadata.name', 'In', 'node-1')])],
      false,
    ],
  ];
  it.each(rows)('%s', (_, terms, expected) => {
    expect(matchesNodeTerms(compileNodeSelectorTerms(terms), 'node-1', labels)).toBe(expected);
  });
});

describe('label selector strings', () => {
  const rows: [text: string, matches: boolean][] = [
    ['', true],
    ['  ', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['nope!=web', true],
    ['app in (api,web)', true],
    ['app in ( api , web )', true],
    ['app notin (api)', true],
    ['nope notin (api)', true],
    ['app', true],
    ['!app', false],
    ['! nope', true],
    ['size>9,size<11', true],
    ['size>10', false],
    ['empty=', true],
    ['empty=,app=web', true],
    ['empty in ()', true],
    ['empty in (x,)', true],
    ['app=web , tier in (front),!nope,example.com/zone=a', true],
    ['app=in', false],
  ];
  it.each(rows)('%s', (text, expected) => {
    const parsed = parseLabelSelector(text);
    expect(parsed).toHaveProperty('value');
    expect('value' in parsed && matches(parsed.value, labels)).toBe(expected);
  });

  const faults: [text: string, sentence: string][] = [
    ['=web', 'labelSelector "=web": expected a label key, found "="'],
    ['app=web,', `labelSelector "app=web,": expected a label key after the last ','`],
    ['app in api', `labelSelector "app in api": expected '(', found "api"`],
    ['app in (api', `labelSelector "app in (api": expected ',' or ')', found the end`],
    ['size>big', `labelSelector "size>big": '>' needs an integer, found "big"`],
    ['a/b/c=d', 'labelSelector "a/b/c=d": "a/b/c" is not a label key'],
    ['app=-x', 'labelSelector "app=-x": "-x" is not a label value'],
    ['app web', `labelSelector "app web": expected '=', '!=', 'in', 'notin', '>', '<' or ',' after "app", found "web"`],
    ['app=web tier=x', `labelSelector "app=web tier=x": expected ',' or the end, found "tier"`],
  ];
  it.each(faults)('%s is refused', (text, error) => expect(parseLabelSelector(text)).toEqual({ error }));
});

describe('field selector strings', () => {
  const fields = {
    'metadata.name': 'web-0',
    'spec.nodeName': '',
    'status.phase': 'Running',
    'spec.unschedulable': 'false',
  };
  const rows: [text: string, matches: boolean][] = [
    ['', true],
    ['metadata.name=web-0', true],
    ['metadata.name==web-0', true],
    ['metadata.name!=web-0', false],
    ['spec.nodeName=', true],
    ['spec.nodeName!=,status.phase=Running', false],
    ['status.phase!=Succeeded,status.phase!=Failed', true],
    ['spec.unschedulable=false', true],
    ['metadata.namespace=', true],
  ];
  it.each(rows)('%s', (text, expected) => {
    const parsed = parseFieldSelector(text);
    expect('value' in parsed && matchesFields(parsed.value, fields)).toBe(expected);
  });

  it.each([
    ['metadata.uid=x', 'field label not supported: "metadata.uid"'],
    ['metadata.name', 'expected field=value or field!=value'],
    ['metadata.name=a,', 'expected field=value or field!=value'],
  ])('%s is refused', (text, sentence) => {
    const parsed = parseFieldSelector(text);
    expect('error' in parsed ? parsed.error : '').toContain(sentence);
  });
});
