import { describe, expect, it } from 'vitest';
import { bodyForm, negotiate } from './media-type.js';

describe('bodyForm', () => {
  it.each([
    ['application/json', 'document', 'json'],
    ['Application/JSON; charset=UTF-8', 'document', 'json'],
    ['application/x-yaml', 'document', 'yaml'],
    ['text/yaml', 'bulk', 'yaml'],
    ['application/x-ndjson', 'bulk', 'ndjson'],
    ['application/merge-patch+json', 'patch', 'merge-patch'],
  ] as const)('%s to a %s route is %s', (type, kind, form) => {
    expect(bodyForm(type, kind)).toBe(form);
  });

  it.each([
    [undefined, 'document'],
    ['text/plain', 'document'],
    ['constructor', 'document'],
    ['application/x-ndjson', 'document'],
    ['application/json', 'patch'],
    ['application/json; charset=latin1', 'document'],
  ] as const)('%s to a %s route is refused', (type, kind) => {
    expect(() => bodyForm(type, kind)).toThrow(/With curl: -H 'Content-Type: /);
  });
});

describe('negotiate', () => {
  const offered = ['application/json', 'application/yaml', 'text/event-stream'] as const;
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/yaml', 'application/yaml'],
    ['text/*', 'text/event-stream'],
    ['application/json;q=0.5, application/yaml', 'application/yaml'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['application/json;q=0, */*', 'application/yaml'],
  ])('%s gets %s', (accept, type) => {
    expect(negotiate(accept, offered)).toBe(type);
  });

  it.each(['image/png', 'application/json;q=0', 'text/html'])('%s gets nothing', (accept) => {
    expect(() => negotiate(accept, offered)).toThrow(/matches none of/);
  });
});
