import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { headersOfEveryAnswer, pathOf, sendProblem } from '../errors/problem.filter.js';
import { BeforeBody } from '../access/before-body.js';
import { PlatformErrors } from '../errors/platform.errors.js';
import { Metrics } from '../health/metrics.js';
import { LOGGER, type Logger } from '../logging/logger.js';
import { hasBody, isMoreThanTaken } from './body.js';
import type { HttpSettings } from './http-settings.js';
import { isServedHost } from './served-hosts.js';

/** What is asked again and again: by probes, and by the services for the security events. */
const quietRoutes = /^\/(health|metrics|internal\/security-events)/;

/** Whom a request is for, and what comes before a body is received; the request id and the safe headers on every answer; one log line and one measurement when the request is over. */
export function addRequestHooks(app: NestFastifyApplication, { servedHosts }: HttpSettings): void {
  const logger = app.get<Logger>(LOGGER);
  const metrics = app.get(Metrics);
  const beforeBody = app.get(BeforeBody);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headersOfEveryAnswer(request));
    if (servedHosts && !isServedHost(request.headers.host, servedHosts)) {
      return sendProblem(reply, PlatformErrors.misdirected(), request);
    }
    if (!hasBody(request.raw)) return done();
    beforeBody.admit(request, reply).then(
      () => done(),
      (refusal: Error) => {
        if (isMoreThanTaken(request)) void reply.header('connection', 'close');
        done(refusal);
      },
    );
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    metrics.requests.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    if (!quietRoutes.test(route)) {
      const line = { request_id: request.id, method, path: pathOf(request), status: reply.statusCode };
      logger.info({ ...line, ms: Math.round(reply.elapsedTime) }, 'request');
    }
    done();
  });
}
