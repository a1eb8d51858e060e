import { applyDecorators } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiResponse, DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemMediaType } from '../errors/problem.js';
import type { PlatformOptions } from '../config/platform-options.js';

const problemSchema = {
  type: 'object' as const,
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string' },
    request_id: { type: 'string' },
  },
};

/** Documents a route's refusals: status to the stable codes it may carry. */
export const ApiProblems = (codesByStatus: Readonly<Record<number, readonly string[]>>) =>
  applyDecorators(
    ...Object.entries(codesByStatus).map(([status, codes]) =>
      ApiResponse({
        status: Number(status),
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
  );

/**
 * A zod schema in the words of OpenAPI 3.1, which are those of JSON Schema 2020-12. Nest's own conversion goes through 3.0,
 * keeps one example of several, and loses all of them where a field is transformed.
 */
function toOpenApiSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _,
    $defs: components,
    ...converted
  } = z.toJSONSchema(schema, {
    io: schemaType,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.examples as unknown[] | undefined;
      // With both members present Nest leaves the list as it is.
      if (examples) Object.assign(jsonSchema, { examples, example: examples[0] });
    },
  });
  return components ? { schema: converted, components } : { schema: converted };
}

/** The OpenAPI 3.1 document of a running application. */
export function describeApi(app: NestFastifyApplication, { service, description }: PlatformOptions): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(`Parley ${service}`)
    .setDescription(description)
    .setVersion('0.1.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'access_token')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'service_token');
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_controller, method) => method,
    standardSchemaConverter: toOpenApiSchema,
  });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: problemSchema };
  return document;
}

/** Serves it at `/openapi.json`, and for people at `/docs`. */
export function serveApiDocument(app: NestFastifyApplication, options: PlatformOptions): void {
  SwaggerModule.setup('docs', app, () => describeApi(app, options), { jsonDocumentUrl: 'openapi.json' });
}

/** The paging parameters that every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
};
