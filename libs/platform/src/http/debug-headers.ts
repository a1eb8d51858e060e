import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

const secret = /^(authorization|proxy-authorization|cookie|x-subject-token)$/;

/**
 * `GET /debug/headers`: what a proxy has left of a request, for whoever asks why a token does not arrive. Of credentials only
 * the form is shown. In development only.
 */
export function serveDebugHeaders(fastify: FastifyInstance): void {
  fastify.get('/debug/headers', (request, reply) => {
    void reply.header('cache-control', 'no-store').send({ headers: withoutSecrets(request.headers) });
  });
}

const withoutSecrets = (headers: IncomingHttpHeaders): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret.test(name) ? formOf(value) : value]));

function formOf(value: string | string[] | undefined): string {
  const text = String(value);
  const scheme = /^(bearer|basic) /i.exec(text)?.[0] ?? '';
  return `${scheme}(${text.length - scheme.length} characters)`;
}
