/** `@Media`: the body a route takes and the media types it gives, for the pipeline and for the OpenAPI document. */
import { RouteConfig } from '@nestjs/platform-fastify';
import type { BodyKind } from './body/media-type.js';

export interface MediaOptions {
  /** Without it a route takes no body, and one that is sent is not read. */
  readonly takes?: BodyKind;
  /** Best first. Default JSON only. */
  readonly gives?: readonly string[];
  /** Takes no query parameters: any is refused. */
  readonly noQuery?: boolean;
  /** Probes: logged at debug level only. */
  readonly quiet?: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig extends MediaOptions {}
  interface FastifyRequest {
    /** The media type that the Accept header chose from what the route gives. */
    answerType: string;
  }
}

export const JSON_ONLY = ['application/json'] as const;
export const MANIFEST_TYPES = ['application/json', 'application/yaml'] as const;
export const SNAPSHOT_TYPES = ['application/json', 'application/yaml', 'application/x-ndjson'] as const;
export const CHANGES_TYPES = ['application/json', 'text/event-stream'] as const;

export const Media = (options: MediaOptions): MethodDecorator => RouteConfig(options);
