import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { headersOfEveryAnswer, pathOf } from '../errors/problem.filter.js';
import { Metrics } from '../health/metrics.js';
import { LOGGER, type Logger } from '../logging/logger.js';

const quietRoutes = /^\/(health|metrics)/;

/** The request id and the safe headers on every answer; one log line and one measurement when the request is over. */
export function addRequestHooks(app: NestFastifyApplication): void {
  const logger = app.get<Logger>(LOGGER);
  const metrics = app.get(Metrics);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headersOfEveryAnswer(request));
    done();
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
