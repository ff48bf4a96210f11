import { describe, expect, it } from 'vitest';
import {
  asPrefix,
  dnsLabelFaults,
  dnsSubdomainFaults,
  envNameFaults,
  labelValueFaults,
  portNameFaults,
  qualifiedNameFaults,
  type NameRule,
} from './names.js';

const label = /^a lowercase RFC 1123 label must consist of/;
const subdomain = /^a lowercase RFC 1123 subdomain must consist of/;
const key = /^name part must consist of alphanumeric characters/;
const value = /^a valid label must be an empty string or consist of/;

describe('names', () => {
  it.each<[string, NameRule, string, (string | RegExp)[]]>([
    ['label', dnsLabelFaults, 'my-name-1', []],
    ['label of 63', dnsLabelFaults, 'a'.repeat(63), []],
    ['label of 64', dnsLabelFaults, 'a'.repeat(64), ['must be no more than 63 characters']],
    ['label with a dot', dnsLabelFaults, 'a.b', ['must not contain dots']],
    ['label with capitals', dnsLabelFaults, 'A', [label]],
    ['label with a hyphen first', dnsLabelFaults, '-a', [label]],
    ['label with a hyphen last', dnsLabelFaults, 'a-', [label]],
    ['empty label', dnsLabelFaults, '', [label]],
    ['long and wrong label', dnsLabelFaults, '_'.repeat(64), ['must be no more than 63 characters', label]],
    ['label with a newline at the end', dnsLabelFaults, 'a\n', [label]],
    ['subdomain', dnsSubdomainFaults, 'a-1.b.example.com', []],
    ['subdomain with an empty label', dnsSubdomainFaults, 'a..b', [subdomain]],
    ['subdomain with a hyphen before a dot', dnsSubdomainFaults, 'a-.b', [subdomain]],
    ['subdomain of 254', dnsSubdomainFaults, 'a'.repeat(254), ['must be no more than 253 characters']],
    ['generated name', asPrefix(dnsLabelFaults), 'web-', []],
    ['generated name of a hyphen', asPrefix(dnsLabelFaults), '-', [label]],
    ['label key', qualifiedNameFaults, 'app.kubernetes.io/Name_1', []],
    [
      'label key of three parts',
      qualifiedNameFaults,
      'a/b/c',
      [/^a valid label key must consist of.*'example.com\/MyName'\)$/],
    ],
    ['label key without prefix', qualifiedNameFaults, '/a', ['prefix part must be non-empty']],
    ['label key with a wrong prefix', qualifiedNameFaults, 'A/a', [/^prefix part a lowercase RFC 1123 subdomain/]],
    ['label key without name', qualifiedNameFaults, 'a/', ['name part must be non-empty', key]],
    ['label key of 64', qualifiedNameFaults, 'a'.repeat(64), ['name part must be no more than 63 bytes']],
    ['empty label value', labelValueFaults, '', []],
    ['label value', labelValueFaults, 'V1.2_3-x', []],
    ['label value with a space', labelValueFaults, 'a b', [value]],
    ['label value of 64', labelValueFaults, 'a'.repeat(64), ['must be no more than 63 bytes']],
    ['port name', portNameFaults, 'http-8080', []],
    ['port name of digits', portNameFaults, '8080', ['must contain at least one letter (a-z)']],
    ['port name with two hyphens', portNameFaults, 'a--b', ['must not contain consecutive hyphens']],
    ['port name with a hyphen last', portNameFaults, 'a-', ['must not begin or end with a hyphen']],
    ['port name of 16', portNameFaults, 'a'.repeat(16), ['must be no more than 15 characters']],
    [
      'port name in capitals',
      portNameFaults,
      'aB',
      ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
    ],
    ['variable name', envNameFaults, 'my.var-1 x', []],
    ['variable name with =', envNameFaults, 'a=b', [/^a valid environment variable name/]],
  ])('%s', (_, rule, name, expected) => {
    const faults = rule(name);
    expect(faults).toHaveLength(expected.length);
    for (const [index, wanted] of expected.entries()) expect(faults[index]).toMatch(wanted);
    // Good names are remembered: the second answer is the first one.
    expect(rule(name)).toEqual(faults);
  });

  it('stays linear on long wrong names', () => {
    const long = `${'a-'.repeat(200_000)}!`;
    const started = performance.now();
    for (const rule of [dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults, labelValueFaults, portNameFaults]) {
      expect(rule(long).length).toBeGreaterThan(0);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
