/**
 * The shapes of names (k8s.io/apimachinery `util/validation` and `api/validate/content`). Each check returns what is
 * wrong, in upstream's words and order; an empty list for a good name. Good label keys and port names are remembered: a
 * cluster repeats a few hundred.
 */

const fine: readonly string[] = [];

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const underscoredLabelFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoredSubdomainFormat = `${underscoredLabelFormat}(\\.${underscoredLabelFormat})*`;
const configKeyFormat = '[-._a-zA-Z0-9]+';
const keyNameFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${keyNameFormat})?`;

const labelWrong = patternMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelFormat,
  ['my-name', '123-abc'],
);
const subdomainWrong = patternMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainFormat,
  ['example.com'],
);
const keyWrong = patternMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  keyNameFormat,
  ['MyName', 'my.name', '123-abc'],
);
const labelValueWrong = patternMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelValueFormat,
  ['MyValue', 'my_value', '12345'],
);

const underscoredSubdomainWrong = patternMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  underscoredSubdomainFormat,
  ['example.com'],
);
const configKeyWrong = patternMessage(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  configKeyFormat,
  ['key.name', 'KEY_NAME', 'key-name'],
);

function patternMessage(rule: string, format: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${format}')`;
}

/** Names of containers, volumes, namespaces: at most 63 characters, no dots. */
export function dnsLabelFaults(name: string): readonly string[] {
  if (name.length <= 63 && isLabel(name, 0, name.length)) return fine;
  const faults: string[] = [];
  if (name.length > 63) faults.push('must be no more than 63 characters');
  if (!isLabel(name, 0, name.length)) faults.push(isSubdomain(name) ? 'must not contain dots' : labelWrong);
  return faults;
}

/** Names of most objects: DNS labels joined by dots, at most 253 characters. */
export function dnsSubdomainFaults(name: string): readonly string[] {
  if (name.length <= 253 && isSubdomain(name)) return fine;
  const faults: string[] = [];
  if (name.length > 253) faults.push('must be no more than 253 characters');
  if (!isSubdomain(name)) faults.push(subdomainWrong);
  return faults;
}

const underscoredSubdomain = new RegExp(`^${underscoredSubdomainFormat}$`);

/** Search domains: subdomains whose labels may have underscores. */
export function underscoredSubdomainFaults(name: string): readonly string[] {
  const faults: string[] = [];
  if (name.length > 253) faults.push('must be no more than 253 characters');
  if (!underscoredSubdomain.test(name)) faults.push(underscoredSubdomainWrong);
  return faults;
}

const configKey = new RegExp(`^${configKeyFormat}$`);

/** Keys of ConfigMaps and Secrets. */
export function configKeyFaults(key: string): readonly string[] {
  if (key.length <= 253 && !key.startsWith('.') && configKey.test(key)) return fine;
  const faults: string[] = [];
  if (key.length > 253) faults.push('must be no more than 253 characters');
  if (!configKey.test(key)) faults.push(configKeyWrong);
  if (key === '.' || key === '..') faults.push(`must not be '${key}'`);
  else if (key.startsWith('..')) faults.push("must not start with '..'");
  return faults;
}

/** Names that only have to fit into an address: those that no rule of their own kind restricts. */
export function pathSegmentFaults(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((illegal) => name.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
}

/** `labelFormat` for the characters from `start` to before `end`: a loop costs a third of the pattern. */
function isLabel(name: string, start: number, end: number): boolean {
  if (start >= end || name.charCodeAt(start) === hyphen || name.charCodeAt(end - 1) === hyphen) return false;
  for (let index = start; index < end; index++) {
    const code = name.charCodeAt(index);
    if (!((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === hyphen)) return false;
  }
  return true;
}

/** `subdomainFormat`. */
function isSubdomain(name: string): boolean {
  let start = 0;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', start)) {
    if (!isLabel(name, start, dot)) return false;
    start = dot + 1;
  }
  return isLabel(name, start, name.length);
}

const hyphen = 45;
const period = 46;
const underscore = 95;

/** Label keys, resource names, gates: `[prefix/]name`. */
export function qualifiedNameFaults(key: string): readonly string[] {
  if (goodKeys.has(key)) return fine;
  const faults = findQualifiedNameFaults(key);
  if (faults.length === 0) goodKeys.add(key);
  return faults;
}

function findQualifiedNameFaults(key: string): readonly string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [`a valid label key ${keyWrong} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const faults: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') faults.push('prefix part must be non-empty');
    else {
      if (prefix.length > 253) faults.push('prefix part must be no more than 253 bytes');
      if (!isSubdomain(prefix)) faults.push(`prefix part ${subdomainWrong}`);
    }
  }
  if (name === '') faults.push('name part must be non-empty');
  else if (byteLength(name) > 63) faults.push('name part must be no more than 63 bytes');
  if (!isKeyName(name)) faults.push(`name part ${keyWrong}`);
  return faults;
}

export function labelValueFaults(value: string): readonly string[] {
  if (value === '' || (value.length <= 63 && isKeyName(value))) return fine;
  const faults: string[] = [];
  if (byteLength(value) > 63) faults.push('must be no more than 63 bytes');
  if (!isKeyName(value)) faults.push(labelValueWrong);
  return faults;
}

/** `keyNameFormat`. */
function isKeyName(name: string): boolean {
  const last = name.length - 1;
  if (last < 0 || !isAlphanumeric(name.charCodeAt(0)) || !isAlphanumeric(name.charCodeAt(last))) return false;
  for (let index = 1; index < last; index++) {
    const code = name.charCodeAt(index);
    if (!(isAlphanumeric(code) || code === hyphen || code === period || code === underscore)) return false;
  }
  return true;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
}

/** Named ports: IANA service names. */
export function portNameFaults(name: string): readonly string[] {
  if (goodPorts.has(name)) return fine;
  const faults = findPortNameFaults(name);
  if (faults.length === 0) goodPorts.add(name);
  return faults;
}

function findPortNameFaults(name: string): readonly string[] {
  const faults: string[] = [];
  if (name.length > 15) faults.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name)) {
    faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) faults.push('must contain at least one letter (a-z)');
  if (name.includes('--')) faults.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) faults.push('must not begin or end with a hyphen');
  return faults;
}

export function portNumberFaults(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? fine : ['must be between 1 and 65535, inclusive'];
}

/** Environment variables: any printable ASCII but `=`. */
export function envNameFaults(name: string): readonly string[] {
  return isEnvName(name)
    ? fine
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

function isEnvName(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code < 32 || code > 126 || code === 61) return false;
  }
  return name !== '';
}

/** `generateName` may end in what a generated suffix continues: the last two characters count as one letter. */
export function asPrefix(nameFaults: NameRule): NameRule {
  return (name) => nameFaults(name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name);
}

export type NameRule = (name: string) => readonly string[];

/** A bounded memory of good texts. */
class KnownGood {
  private readonly texts = new Set<string>();

  has(text: string): boolean {
    return this.texts.has(text);
  }

  add(text: string): void {
    if (text.length > 316) return;
    if (this.texts.size >= 8192) this.texts.clear();
    this.texts.add(text);
  }
}

const goodKeys = new KnownGood();
const goodPorts = new KnownGood();

function byteLength(text: string): number {
  return text.length > 63 ? text.length : new TextEncoder().encode(text).length;
}
