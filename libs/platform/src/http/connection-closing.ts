import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long requests in progress may take once the service is closing. */
const graceMs = 10_000;

/**
 * Lets a service close in time. Node closes connections that are idle between two requests, but it waits for one that was
 * opened and never used, and for a slow client for as long as it takes. The unused ones are closed at once, the rest after
 * a grace period.
 */
export function closeConnectionsInTime(fastify: FastifyInstance): void {
  const unused = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  fastify.server.on('request', ({ socket }) => unused.delete(socket));
  fastify.addHook('preClose', (done) => {
    for (const socket of unused) socket.destroy();
    setTimeout(() => fastify.server.closeAllConnections(), graceMs).unref();
    done();
  });
}
