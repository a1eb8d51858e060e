import { testDatabases } from '@parley/testing';
import { MongoClient } from 'mongodb';
import { type Name, names, type Parley, startParley } from '../parley.js';
import { DatabaseGuard } from './database-guard.js';

/** The three services, each with a database user of its own. */
export interface GuardedParley extends Parley {
  guards: Record<Name, DatabaseGuard>;
  /** Leaves the accounts without their validator, as a version with other rules would have left them. */
  changeValidator(): Promise<void>;
}

export async function startGuardedParley(): Promise<GuardedParley> {
  const databases = testDatabases();
  const guards = {} as Record<Name, DatabaseGuard>;
  for (const name of names) guards[name] = await DatabaseGuard.start(databases.uri, `${databases.prefix}_${name}`);
  const stopGuards = () => Promise.all(names.map((name) => guards[name].stop()));
  const parley = await startParley({}, { databases, uriFor: (name) => guards[name].uri }).catch(
    async (error: unknown) => {
      await stopGuards();
      throw error;
    },
  );
  const changeValidator = async () => {
    const client = await MongoClient.connect(databases.uri);
    await client.db(`${databases.prefix}_accounting`).command({ collMod: 'credit_accounts', validator: {} });
    await client.close();
  };
  const stopServices = parley.stop.bind(parley);
  const stop = async () => {
    await stopServices();
    await stopGuards();
  };
  return Object.assign(parley, { guards, changeValidator, stop });
}
