/** The OpenAPI document, made from the running application's routes. `openapi.json` is its committed copy. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ENGINE } from '../../planning/engine.js';
import { examples } from './examples.js';
import { schemas } from './schemas.js';

const description = `What Kubernetes pods really ask for (init phase, work phase, effective), and whether they fit, where,
why not, and what would make them fit: kube-scheduler v1.36.2's answers over HTTP.

Bodies are JSON or YAML, as kubectl prints and takes them. A body with a top-level \`kind\` is a manifest, its options go in
the query string; any other body is a request object. Unknown members and parameters are refused.

Within v1, fields and enum values may be added: ignore unknown fields, treat unknown values of open enums as "other".`;

const pathParameters: Readonly<Record<string, string>> = {
  cluster: 'Name of the cluster, a DNS-1123 subdomain; `default` is there from the first start.',
  namespace: 'Namespace; `-` for kinds without one.',
  name: 'Name of the object.',
  group: 'API group; `core` for the core group.',
  kind: 'Kind, as in manifests.',
  id: 'Id.',
};

export function createDocument(nest: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Stowage')
    .setDescription(description)
    .setVersion(ENGINE.version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addTag('questions', 'What a pod asks for, whether and where it fits. Change nothing.')
    .addTag('views', 'What is going on in a cluster.')
    .addTag('clusters', 'Clusters and their data as a whole.')
    .addTag('objects', 'Stored objects one by one.')
    .addTag('reservations', 'Claiming room.')
    .addTag('system', 'The service itself.');
  const document = SwaggerModule.createDocument(nest, builder.build(), { autoTagControllers: false });
  const problem = { ...schemas.Problem, example: examples['Problem']?.response };
  const described = { ...document.components?.schemas, ...(schemas as object), Problem: problem };
  document.components = { ...document.components, schemas: described };
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path as Record<string, Operation>)) finish(operation);
  }
  return document;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: { name: string; in: string; description?: string }[];
  readonly requestBody?: { content: Record<string, { example?: unknown }> };
  readonly responses: Record<string, { content?: Record<string, { example?: unknown }> }>;
}

/** Path parameters in words, and the example of the operation. */
function finish(operation: Operation): void {
  for (const parameter of operation.parameters ?? []) {
    if (parameter.in === 'path') parameter.description = pathParameters[parameter.name] ?? parameter.name;
  }
  const example = examples[operation.operationId ?? ''];
  if (example === undefined) return;
  const request = operation.requestBody?.content['application/json'];
  if (request) request.example = example.request;
  const response = operation.responses[example.status]?.content?.['application/json'];
  if (response) response.example = example.response;
}
