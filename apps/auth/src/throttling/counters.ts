import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { RateLimiterMongo } from 'rate-limiter-flexible';
import { Counter } from './counter.js';

/** Where counts are kept. */
export abstract class Counters {
  /** @param seconds until what is counted is forgotten */
  abstract of(name: string, seconds: number): Counter;
}

const collection = 'sign_in_counters';

/** Keeps them in the database, so that they hold for all instances together and over a restart. */
@Injectable()
export class StoredCounters extends Counters implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {
    super();
  }

  /** The library would make the indexes unasked and write a failure to the console; a start waits for them instead. */
  async onModuleInit(): Promise<void> {
    await this.limiter('indexes', 1).createIndexes();
  }

  of(name: string, seconds: number): Counter {
    return new Counter(this.limiter(name, seconds));
  }

  private limiter(keyPrefix: string, duration: number): RateLimiterMongo {
    return new RateLimiterMongo({
      storeClient: this.connection.getClient(),
      dbName: this.connection.name,
      tableName: collection,
      keyPrefix,
      duration,
      // The library's own limit, which nothing here asks for.
      points: 1,
      disableIndexesCreation: true,
    });
  }
}
