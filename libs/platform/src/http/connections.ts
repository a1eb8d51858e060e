import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { hasBody } from './body.js';

/** How far a client is trusted with a connection. Tests make the limits smaller. */
export interface ConnectionLimits {
  /** How long a request may take to arrive, its headers and its body. How long its answer takes is not limited. */
  receiveMs: number;
  /** How often that is looked at, so a request is cut off this much later at most. */
  checkMs: number;
  /** How long a connection may rest between two requests. */
  restMs: number;
  /** Connections that are waiting for a request, or for the rest of one. */
  maxWaiting: number;
  /** All connections. */
  maxOpen: number;
}

export const connectionLimits: ConnectionLimits = {
  /** With the pause between two looks: thirty seconds. A megabyte takes eight of them on a line of one megabit. */
  receiveMs: 25_000,
  checkMs: 5_000,
  /** Longer than the sixty seconds of the usual load balancers, so that it is they who close a connection. */
  restMs: 72_000,
  /** Those of a few hundred browsers and services at rest. */
  maxWaiting: 1_000,
  /** Streams are read for minutes, so most of these may be readers; each costs some 20 KB. */
  maxOpen: 10_000,
};

/** How long requests in progress may take once the service is closing. */
const graceMs = 10_000;

/**
 * Bounds what connections may take from a service. One is waiting until its request has arrived in full, and again once it
 * is answered. Where too many wait, or too many are open, the one that has waited longest is closed, so that whoever holds
 * connections without using them loses them to those who do. A closing service closes at once what was never used, for
 * which Node would wait, and the rest after a grace period.
 */
export function boundConnections(fastify: FastifyInstance, { maxWaiting, maxOpen }: ConnectionLimits): void {
  const { server } = fastify;
  /** In the order in which they began to wait. */
  const waiting = new Set<Socket>();
  const used = new WeakSet<Socket>();
  let open = 0;
  const closeTheOldest = (): void => {
    const [oldest] = waiting;
    waiting.delete(oldest!);
    oldest!.destroy();
  };
  server.on('connection', (socket: Socket) => {
    open += 1;
    waiting.add(socket);
    socket.once('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (waiting.size > maxWaiting || open > maxOpen) closeTheOldest();
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    used.add(socket);
    if (hasBody(request)) request.once('end', () => waiting.delete(socket));
    else waiting.delete(socket);
    response.once('close', () => void (socket.destroyed || waiting.add(socket)));
  });
  whenUpgraded(fastify, (socket) => waiting.delete(socket));
  fastify.addHook('preClose', (done) => {
    for (const socket of waiting) if (!used.has(socket)) socket.destroy();
    setTimeout(() => server.closeAllConnections(), graceMs).unref();
    done();
  });
}

/** Listens for upgrades only once somebody else does: with a listener Node takes no request that asks for one as a plain one. */
function whenUpgraded({ server }: FastifyInstance, take: (socket: Socket) => void): void {
  const upgraded = (_request: IncomingMessage, socket: Socket): void => take(socket);
  server.on('newListener', (event: string | symbol, listener: unknown) => {
    if (event !== 'upgrade' || listener === upgraded || server.listenerCount('upgrade') > 0) return;
    server.on('upgrade', upgraded);
  });
}
