import { type DynamicModule, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';

export interface MongoSettings {
  uri: string;
  database: string;
}

/** The service's own database. Money and ids live here: every write is acknowledged by the majority of the replica set. */
@Module({})
export class MongoModule {
  static register({ uri, database }: MongoSettings): DynamicModule {
    const connection = MongooseModule.forRoot(uri, {
      dbName: database,
      writeConcern: { w: 'majority' },
      readPreference: 'primary',
      serverSelectionTimeoutMS: 3_000,
      autoCreate: true,
      autoIndex: true,
      // Without a connection an operation fails at once with the driver's own error, instead of waiting in mongoose.
      bufferCommands: false,
      retryAttempts: 10,
      retryDelay: 1_000,
    });
    return { module: MongoModule, imports: [connection] };
  }
}
