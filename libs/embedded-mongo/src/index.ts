import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type Clock } from './clock.js';
import { FailPoints } from './fail-points.js';
import { startTtlJob } from './jobs/ttl.js';
import { silentLog, type Log } from './log.js';
import { Server } from './server.js';
import { lockDirectory } from './storage/lock.js';

export interface EmbeddedMongoOptions {
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
  host: string;
  port: number;
  stop(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Starts the database on one directory; a second one on the same directory is refused. */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { host = '127.0.0.1', port = 0, dataDir, clock = systemClock, log = silentLog } = options;
  if (process.env.NODE_ENV === 'production')
    throw new Error('the embedded database is for development and tests and does not start with NODE_ENV=production');
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDirectory(dataDir);
  try {
    const server = new Server({
      path: join(dataDir, 'data'),
      clock,
      log,
      failPoints: options.failPoints ? new FailPoints(clock) : undefined,
    });
    const actual = await server.listen(host, port).catch(async (error: Error) => {
      await server.stop();
      throw error;
    });
    log.info('this database is for development and tests');
    if (!LOOPBACK.has(host))
      log.warn(
        `listening on ${host}: whoever reaches this port can read and change everything, for there are no users and no passwords`,
      );
    const stopTtl = startTtlJob(server);
    const stop = async () => {
      stopTtl();
      await server.stop();
      unlock();
    };
    let stopped: Promise<void> | undefined;
    return {
      uri: `mongodb://${host}:${actual}/?replicaSet=rs0&directConnection=true`,
      host,
      port: actual,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

export type { Clock, Log };
