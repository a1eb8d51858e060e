import type { OpenAPIObject } from '@nestjs/swagger';

/** Where and as whom the examples of a document are sent. */
export interface ExampleTarget {
  baseUrl: string;
  /** Bearer tokens by the name of the security scheme. */
  tokens: Readonly<Record<string, string>>;
  /**
   * Values of path, query and header parameters, by name (`id`), or by path and name where one name means different things
   * (`/internal/users/{id} id`). A parameter that is not required and not named here is left out.
   */
  parameters?: Readonly<Record<string, string>>;
}

/** What came back for one example: `POST /auth/login`, 200, and whether the document lists that status. */
export type ExampleResult = [operation: string, status: number, isDocumented: boolean];

interface Operation {
  security?: Array<Record<string, string[]>>;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, MediaType> };
  responses: Record<string, unknown>;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
}
interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}
interface Schema {
  $ref?: string;
  example?: unknown;
  examples?: unknown[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Sends every documented request example to a running service, one after another in the order of the document; an operation
 * without a body is sent once. The answers are read to their end.
 *
 * @throws Error when a body is documented without an example, or a required parameter has no value
 */
export async function sendExamples(document: OpenAPIObject, target: ExampleTarget): Promise<ExampleResult[]> {
  const results: ExampleResult[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method] as Operation | undefined;
      if (!operation) continue;
      const name = `${method.toUpperCase()} ${path}`;
      for (const body of bodiesOf(name, operation, document)) {
        const status = await send(method, path, operation, body, target);
        results.push([name, status, String(status) in operation.responses]);
      }
    }
  }
  return results;
}

function bodiesOf(name: string, { requestBody }: Operation, document: OpenAPIObject): unknown[] {
  const json = requestBody?.content?.['application/json'];
  if (!json) return [undefined];
  const schema = resolve(json.schema, document);
  const bodies = [
    ...Object.values(json.examples ?? {}).map(({ value }) => value),
    ...(json.example === undefined ? [] : [json.example]),
    ...(schema?.examples ?? (schema?.example === undefined ? [] : [schema.example])),
  ];
  if (bodies.length === 0) throw new Error(`${name} documents a body without an example`);
  return bodies;
}

function resolve(schema: Schema | undefined, document: OpenAPIObject): Schema | undefined {
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema?.$ref ?? '')?.[1];
  if (!name) return schema;
  return { ...resolve(document.components?.schemas?.[name] as Schema | undefined, document), ...schema };
}

async function send(method: string, path: string, operation: Operation, body: unknown, target: ExampleTarget) {
  const given = { path: new Map<string, string>(), query: new URLSearchParams(), header: new Headers() };
  for (const { name, in: place, required } of operation.parameters ?? []) {
    // Authorization is the business of the security schemes (OpenAPI 3.1, 4.8.12.1).
    if (name.toLowerCase() === 'authorization') continue;
    const value = target.parameters?.[`${path} ${name}`] ?? target.parameters?.[name];
    if (value !== undefined && place in given) given[place as keyof typeof given].set(name, value);
    else if (required) throw new Error(`${method.toUpperCase()} ${path} needs a value for the parameter ${name}`);
  }
  const scheme = Object.keys(operation.security?.[0] ?? {})[0];
  if (scheme) given.header.set('authorization', `Bearer ${target.tokens[scheme] ?? ''}`);
  if (body !== undefined) given.header.set('content-type', 'application/json');
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(given.path.get(name) ?? ''));
  const query = given.query.size > 0 ? `?${given.query.toString()}` : '';
  const response = await fetch(`${target.baseUrl}${filled}${query}`, {
    method: method.toUpperCase(),
    headers: given.header,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.text();
  return response.status;
}
