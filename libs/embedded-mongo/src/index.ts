import { join } from 'node:path';
import { type Address, obstacleTo, socketIn, uriOf } from './address.js';
import { systemClock, type Clock } from './clock.js';
import { FailPoints } from './fail-points.js';
import { startTtlJob } from './jobs/ttl.js';
import { silentLog, type Log } from './log.js';
import { Server } from './server.js';
import { lockDirectory } from './storage/lock.js';
import { closeFiles, makePrivate } from './storage/private-directory.js';

export interface EmbeddedMongoOptions {
  /**
   * Listens at a file of the data directory, which no other user of the machine can open, and at no port; where that is not
   * possible, at a port of the host all the same, and the log says so.
   */
  socket?: boolean;
  /** Loopback unless said otherwise: there are no users and no passwords. */
  host?: string;
  /** 0, the default, takes any free port. */
  port?: number;
  dataDir: string;
  clock?: Clock;
  log?: Log;
  /** Allows `configureFailPoint`: tests use it to make commands fail. */
  failPoints?: boolean;
}

export interface EmbeddedMongo {
  uri: string;
  /** The socket's path, where it listens at one; then the port is 0. */
  host: string;
  port: number;
  stop(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts the database on one directory, which becomes this user's alone; a second one on the same directory is refused.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { dataDir, clock = systemClock, log = silentLog } = options;
  if (process.env.NODE_ENV === 'production')
    throw new Error('the embedded database is for development and tests and does not start with NODE_ENV=production');
  makePrivate(dataDir);
  const unlock = lockDirectory(dataDir);
  try {
    const path = join(dataDir, 'data');
    makePrivate(path);
    const failPoints = options.failPoints ? new FailPoints(clock) : undefined;
    const server = new Server({ path, clock, log, failPoints });
    closeFiles(path);
    const address = await listen(server, options).catch(async (error: Error) => {
      await server.stop();
      throw error;
    });
    log.info('this database is for development and tests');
    const stopTtl = startTtlJob(server);
    const stop = async () => {
      stopTtl();
      await server.stop();
      unlock();
    };
    let stopped: Promise<void> | undefined;
    const [host, port] = 'socket' in address ? [address.socket, 0] : [address.host, address.port];
    return { uri: uriOf(address), host, port, stop: () => (stopped ??= stop()) };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function listen(server: Server, options: EmbeddedMongoOptions): Promise<Address> {
  const { host = '127.0.0.1', port = 0, dataDir } = options;
  if (options.socket) {
    const socket = socketIn(dataDir);
    try {
      const obstacle = obstacleTo(socket);
      if (obstacle) throw new Error(obstacle);
      return await server.listen({ socket });
    } catch (error) {
      const { message } = error as Error;
      server.log.warn(`no socket: ${message}; listening at a port instead, which every user of this machine reaches`);
    }
  }
  if (!LOOPBACK.has(host))
    server.log.warn(
      `listening on ${host}: whoever reaches this port can read and change everything, for there are no users and no passwords`,
    );
  return server.listen({ host, port });
}

export type { Clock, Log };
