/**
 * The committed OpenAPI document and its examples. `npx vitest run test/api/openapi.test.ts -u`, twice (the document is
 * made of the examples), writes them anew.
 */
import type { OpenAPIObject } from '@nestjs/swagger';
import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askExamples } from './openapi-examples.js';
import { differences, type Schema } from './openapi-schema.js';
import { start, type Harness } from './harness.js';

let api: Harness;
let document: OpenAPIObject;
beforeAll(async () => {
  api = await start('sqlite');
  document = (await api.call().get('/openapi.json')).body as OpenAPIObject;
});
afterAll(() => api.close());

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: { name: string; description?: string }[];
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object; example?: unknown }> }>;
}

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]): [string, Operation] => [
      `${method} ${path}`,
      operation,
    ]),
  );

/** Every object in the document with its path. */
function* walk(value: unknown, path = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Record<string, unknown>];
  for (const [key, member] of Object.entries(value)) if (key !== 'example') yield* walk(member, `${path}/${key}`);
}

describe('the OpenAPI document', () => {
  it('has examples that the service really gives', async () => {
    const examples = await askExamples(api);
    for (const [id, { status }] of Object.entries(examples)) if (id !== 'Problem') expect(status, id).toBeLessThan(300);
    const text = `/** Answers to the calls of test/api/openapi-examples.ts, written by test/api/openapi.test.ts. */
export const examples: Readonly<Record<string, { readonly request?: unknown; readonly status: number; readonly response: unknown }>> = ${JSON.stringify(examples)};
`;
    const formatted = await format(text, { parser: 'typescript', printWidth: 120, singleQuote: true });
    await expect(formatted).toMatchFileSnapshot('../../src/http/openapi/examples.ts');
  });

  it('is the committed one', async () => {
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../openapi.json');
  });

  it('gives every operation a unique id, a tag, a summary, described parameters and answers', () => {
    const all = operations();
    const ids = all.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, operation] of all) {
      expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.tags, name).toHaveLength(1);
      expect(operation.summary, name).toBeTruthy();
      for (const parameter of operation.parameters ?? [])
        expect(parameter.description, `${name} ${parameter.name}`).toBeTruthy();
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('4')),
        name,
      ).toBe(true);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${name} ${status}`).toBeTruthy();
        if (Number(status) >= 400)
          expect(Object.keys(response.content ?? {}), name).toEqual(['application/problem+json']);
      }
    }
  });

  it('describes every property of every schema, and says of every enum whether it is open', () => {
    for (const [path, value] of walk(document.components?.schemas)) {
      if (/\/properties\/[^/]+$/.test(path) && !('$ref' in value)) expect(value['description'], path).toBeTruthy();
      if ('enum' in value) expect(String(value['description']), path).toContain('closed enum');
      if ('x-extensible-enum' in value) expect(String(value['description']), path).toContain('open enum');
    }
  });

  it('describes the answers of the examples: nothing missing, nothing undeclared', () => {
    let compared = 0;
    for (const [name, { responses }] of operations()) {
      for (const [status, { content }] of Object.entries(responses)) {
        for (const { schema, example } of Object.values(content ?? {})) {
          if (schema === undefined || example === undefined) continue;
          expect([...differences(schema as Schema, example, document)], `${name} ${status}`).toEqual([]);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(15);
  });

  it('refers to nothing that is not there', () => {
    for (const [path, value] of walk(document)) {
      const ref = value['$ref'];
      if (typeof ref !== 'string') continue;
      const name = ref.replace('#/components/schemas/', '');
      expect(Object.keys(document.components?.schemas ?? {}), path).toContain(name);
    }
  });
});

describe('the documentation page', () => {
  it('fetches nothing from elsewhere', async () => {
    const page = await api.call().get('/docs').set('Accept', 'text/html');
    expect(page.status).toBe(200);
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      expect(address).not.toMatch(/^(https?:)?\/\//);
      const file = await api.call().get(new URL(address, 'http://x/docs').pathname).set('Accept', '*/*');
      expect(file.status, address).toBe(200);
    }
    const script = await api.call().get('/docs/swagger-ui-init.js');
    expect(script.text).toContain('"validatorUrl": null');
  });

  it('is where the root leads', async () => {
    const { status, headers } = await api.call().get('/').set('Accept', 'text/html');
    expect([status, headers['location']]).toEqual([302, '/docs']);
  });
});
