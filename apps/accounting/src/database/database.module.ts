import { type DynamicModule, Global, Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { getConnectionToken, type ModelDefinition, MongooseModule } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { type Collection, prepareCollection } from './collection.js';
import { requireTransactions } from './transaction-support.js';

const COLLECTIONS = Symbol('Collections');

/** Makes sure before the first request that the database can do what the ledger rests on. */
@Injectable()
class DatabaseSetUp implements OnModuleInit {
  constructor(
    @Inject(getConnectionToken()) private readonly connection: Connection,
    @Inject(COLLECTIONS) private readonly collections: readonly Collection[],
  ) {}

  async onModuleInit(): Promise<void> {
    await requireTransactions(this.connection);
    for (const collection of this.collections)
      await prepareCollection(this.connection.model<never>(collection.name), collection);
  }
}

/** The models of all features, and the checks and validators behind them. */
@Global()
@Module({})
export class DatabaseModule {
  static for(collections: Collection[]): DynamicModule {
    const models = MongooseModule.forFeature(
      collections.map(({ name, schema }): ModelDefinition => ({ name, schema })),
    );
    return {
      module: DatabaseModule,
      imports: [models],
      providers: [{ provide: COLLECTIONS, useValue: collections }, DatabaseSetUp],
      exports: [models],
    };
  }
}
