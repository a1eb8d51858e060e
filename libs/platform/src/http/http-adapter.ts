import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../errors/problem.filter.js';
import { toDomainError } from '../errors/to-domain-error.js';
import { refuseConnection } from './client-errors.js';
import { connectionLimits } from './connections.js';
import type { HttpSettings } from './http-settings.js';

/** Bodies are small JSON documents; a service that accepts larger ones says so. */
const defaultBodyLimitBytes = 32 * 1024;
/** A model's id is the longest parameter: 200 characters, each of which may be percent-encoded. */
const maxParamLength = 600;
const requestId = /^[A-Za-z0-9_.:-]{8,128}$/;

/** Every service answers the same under `/api`. */
const withoutPrefix = (request: IncomingMessage): string => (request.url ?? '/').replace(/^\/api(?=\/)/, '');

const chooseRequestId = (request: IncomingMessage): string => {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && requestId.test(given) ? given : randomUUID();
};

type HttpAdapterSettings = Pick<HttpSettings, 'trustedProxies' | 'bodyLimitBytes' | 'connections'>;

export function createHttpAdapter(settings: HttpAdapterSettings): FastifyAdapter {
  const { trustedProxies, bodyLimitBytes } = settings;
  const { receiveMs, checkMs, restMs } = { ...connectionLimits, ...settings.connections };
  return new FastifyAdapter({
    bodyLimit: bodyLimitBytes ?? defaultBodyLimitBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    rewriteUrl: withoutPrefix as never,
    requestIdHeader: false,
    genReqId: chooseRequestId as never,
    forceCloseConnections: 'idle',
    http: { requestTimeout: receiveMs, headersTimeout: receiveMs, connectionsCheckingInterval: checkMs },
    // Without it Fastify sets Node's to "no limit".
    requestTimeout: receiveMs,
    keepAliveTimeout: restMs,
    clientErrorHandler: refuseConnection,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, toDomainError(error), request),
  });
}
