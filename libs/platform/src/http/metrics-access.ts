import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendProblem } from '../errors/problem.filter.js';
import { PlatformErrors } from '../errors/platform.errors.js';

/** Who may read `/metrics`: everybody, nobody, or whoever has the token. */
export type MetricsAccess = 'open' | 'closed' | { token: string };

/** Where nobody may read them there is no such route. */
export function guardMetrics(fastify: FastifyInstance, access: MetricsAccess): void {
  if (access === 'open') return;
  const refuse = access === 'closed' ? PlatformErrors.routeNotFound : PlatformErrors.metricsTokenNeeded;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url !== '/metrics' || mayRead(request, access)) return done();
    sendProblem(reply, refuse(), request);
  });
}

function mayRead({ headers }: FastifyRequest, access: MetricsAccess): boolean {
  const given = /^bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return typeof access === 'object' && given !== undefined && timingSafeEqual(digest(given), digest(access.token));
}

/** Of one length, whatever was sent, so that the comparison takes one time. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
