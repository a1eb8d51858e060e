import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type fc from 'fast-check';
import type { ClientSession, Connection } from 'mongoose';

type Call = (...args: unknown[]) => unknown;

const calls = ['findOne', 'findOneAndUpdate', 'updateOne', 'insertMany'] as const;
const cursors = ['find', 'aggregate'] as const;

/** Stands between instances of the service and their database: a scheduler says which of the calls that wait goes next. */
export class StoreGate {
  private scheduler: fc.Scheduler | undefined;

  /** Every call of this instance to the store waits here from now on, while there is a scheduler. */
  watch(instance: TestService): void {
    const connection = instance.app.get<Connection>(getConnectionToken(), { strict: false });
    for (const model of Object.values(connection.models)) {
      const collection = model.collection as unknown as Record<string, Call>;
      for (const name of calls) this.hold(collection, name);
      for (const name of cursors) {
        const open = collection[name]!.bind(collection);
        collection[name] = (...args) => {
          const cursor = open(...args) as Record<string, Call>;
          this.hold(cursor, 'toArray');
          return cursor;
        };
      }
    }
    const startSession = connection.startSession.bind(connection);
    connection.startSession = async (...args): Promise<ClientSession> => {
      const session = await startSession(...args);
      this.hold(session as unknown as Record<string, Call>, 'commitTransaction');
      return session;
    };
  }

  /** Runs `work` with every call in the scheduler's order. */
  async run<Result>(scheduler: fc.Scheduler, work: () => Promise<Result>): Promise<Result> {
    this.scheduler = scheduler;
    try {
      return await scheduler.waitFor(work());
    } finally {
      this.scheduler = undefined;
      await scheduler.waitIdle();
    }
  }

  private hold(target: Record<string, Call>, name: string): void {
    const call = target[name]!.bind(target);
    target[name] = async (...args) => {
      await this.scheduler?.schedule(Promise.resolve(), name);
      return call(...args);
    };
  }
}

/** Lets what was just let through get as far as its next call, which takes some turns of the event loop. */
export async function letRun(release: () => Promise<unknown>): Promise<void> {
  await release();
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
}
