/**
 * `@Endpoint`: everything that a route says about itself, for the pipeline (media types, status) and for the OpenAPI
 * document at once, so that neither can drift from the other.
 */
import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ErrorCode } from '../../service/errors.js';
import { acceptedMediaTypes, type BodyKind } from '../body/media-type.js';
import { membersOf, type DtoClass } from '../dto/members.js';
import { operationClasses } from '../dto/what-if.dto.js';
import { JSON_ONLY, Media } from '../media.js';
import { problemCodes, PROBLEM_MEDIA_TYPE } from '../problem.js';
import type { SchemaName } from './schemas.js';

export interface EndpointOptions {
  /** operationId: never changes. */
  readonly id: string;
  readonly tag: 'system' | 'clusters' | 'objects' | 'questions' | 'views' | 'reservations';
  readonly summary: string;
  readonly description?: string;
  readonly query?: DtoClass;
  /** "Manifest or request": the class is the request object, its scalars are query parameters too. */
  readonly question?: DtoClass;
  /** A request object that is never a manifest. */
  readonly request?: DtoClass;
  /** A question that may run long: `Prefer: respond-async` starts it as an operation. */
  readonly mayBeAsync?: boolean;
  /** Another body: manifests, patches. */
  readonly body?: SchemaName;
  readonly takes?: BodyKind;
  readonly gives?: readonly string[];
  readonly quiet?: boolean;
  /** Default 200. */
  readonly status?: number;
  /** Another success, beside `status`: a PUT that creates. */
  readonly alsoStatus?: number;
  readonly answer?: SchemaName;
  /** Takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  readonly errors?: readonly ErrorCode[];
  /** Whether the answer is about a cluster: it then carries `Cluster-Revision`. */
  readonly aboutCluster?: boolean;
}

/** What any route may answer. */
const anywhere: readonly ErrorCode[] = ['invalid_request', 'not_acceptable', 'internal'];
const withBody: readonly ErrorCode[] = ['invalid_body', 'payload_too_large', 'unsupported_media_type'];
const ofCluster: readonly ErrorCode[] = ['not_found', 'revision_not_reached', 'storage_unavailable'];

function queryDecorators(Class: DtoClass, scalarsOnly: boolean): MethodDecorator[] {
  return [...membersOf(Class)]
    .filter(([, { scalar }]) => !scalarsOnly || scalar !== undefined)
    .map(([name, { property }]) => {
      const { description, required, type, ...schema } = property as Record<string, unknown>;
      return ApiQuery({
        name,
        required: required === true,
        description: String(description),
        schema: { type: type as string, ...schema },
      });
    });
}

const schemaRef = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

function content(types: readonly string[], schema: object): Record<string, { schema: object }> {
  return Object.fromEntries(
    types.map((type) => [type, { schema: /json$|yaml$/.test(type) ? schema : { type: 'string' } }]),
  );
}

function bodyDecorators(options: EndpointOptions): MethodDecorator[] {
  const { question, request, body, takes = 'document' } = options;
  const described = question ?? request;
  const schemas: object[] = [];
  if (described) schemas.push({ $ref: getSchemaPath(described) });
  if (question) schemas.push(schemaRef('Manifest'));
  if (body) schemas.push(schemaRef(body));
  if (schemas.length === 0) return [];
  const schema = schemas.length === 1 ? schemas[0]! : { anyOf: schemas };
  return [
    ...(described ? [ApiExtraModels(described, ...operationClasses) as MethodDecorator] : []),
    ApiBody({ required: true, content: content(acceptedMediaTypes(takes), schema) } as Parameters<typeof ApiBody>[0]),
  ];
}

function errorDecorators(options: EndpointOptions, hasBody: boolean): MethodDecorator[] {
  const codes = new Set<ErrorCode>([
    ...anywhere,
    ...(hasBody ? withBody : []),
    ...(options.aboutCluster === false ? [] : ofCluster),
    ...(options.mayBeAsync === true ? (['timeout', 'overloaded', 'idempotency_key_reused'] as const) : []),
    ...(options.errors ?? []),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = problemCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, of]) =>
      ApiResponse({
        status,
        description: of.map((code) => `\`${code}\`: ${problemCodes[code].title}.`).join(' '),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: schemaRef('Problem') } },
        ...(status === 429 || status === 503
          ? { headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } } }
          : {}),
      }),
    );
}

function successDecorators(options: EndpointOptions): MethodDecorator[] {
  const headers = {
    'X-Request-Id': { description: "The request's id: the client's own, or one of ours.", schema: { type: 'string' } },
    ...(options.aboutCluster === false
      ? {}
      : {
          'Cluster-Revision': {
            description: 'The revision that the answer was computed at.',
            schema: { type: 'integer' },
          },
        }),
  };
  return [options.status ?? 200, ...(options.alsoStatus === undefined ? [] : [options.alsoStatus])].map((status) =>
    ApiResponse({
      status,
      description:
        status === 201
          ? 'Created.'
          : status === 204
            ? 'Done, nothing to say.'
            : status === 302
              ? 'Elsewhere.'
              : 'The answer.',
      headers,
      ...(options.answer ? { content: content(options.gives ?? JSON_ONLY, schemaRef(options.answer)) } : {}),
    }),
  );
}

const idempotencyHeader = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'A repeat with the same key and body gets the first answer, for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
});

const asyncDecorators = (): MethodDecorator[] => [
  ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`respond-async`: start it as an operation and look at that later.',
    schema: { type: 'string' },
  }),
  idempotencyHeader,
  ApiResponse({
    status: 202,
    description: 'Started, for `Prefer: respond-async`.',
    headers: { Location: { description: "The operation's address.", schema: { type: 'string' } } },
    content: content(JSON_ONLY, schemaRef('Operation')),
  }),
];

export function Endpoint(options: EndpointOptions): MethodDecorator {
  const hasBody = options.question !== undefined || options.request !== undefined || options.body !== undefined;
  return applyDecorators(
    Media({
      ...(hasBody ? { takes: options.takes ?? 'document' } : {}),
      ...(options.gives ? { gives: options.gives } : {}),
      // what is asked of the service itself may carry anything: probes and scrapers add what they like
      noQuery: options.query === undefined && options.question === undefined && options.tag !== 'system',
      ...(options.quiet === true ? { quiet: true } : {}),
    }),
    HttpCode(options.status ?? 200),
    ApiTags(options.tag),
    ApiOperation({
      operationId: options.id,
      summary: options.summary,
      ...(options.description === undefined ? {} : { description: options.description }),
    }),
    ...(options.idempotent === true ? [idempotencyHeader] : []),
    ...(options.mayBeAsync === true ? asyncDecorators() : []),
    ...(options.query ? queryDecorators(options.query, false) : []),
    ...(options.question ? queryDecorators(options.question, true) : []),
    ...bodyDecorators(options),
    ...successDecorators(options),
    ...errorDecorators(options, hasBody),
  );
}
