import { doc } from '../bson/value.js';
import { emptyScope } from '../expressions/scope.js';
import { ID_INDEX } from '../indexes/index-description.js';
import { search } from '../planner/scan.js';
import type { Server } from '../server.js';
import type { Collection } from '../storage/collection.js';
import { Blocked } from '../transactions/transaction.js';

const EVERY_MS = 60_000;

/** Removes documents whose time is up; it looks once a minute, as MongoDB does. */
export function startTtlJob(server: Server): () => void {
  return server.clock.every(EVERY_MS, () => removeExpired(server));
}

/** What cannot be removed now, because the disk is full or for a fault of its own, keeps nothing else from being removed. */
function removeExpired(server: Server): void {
  for (const collection of server.catalog.all()) {
    for (const { name, key, expireAfterSeconds } of collection.indexes) {
      if (expireAfterSeconds === undefined || name === ID_INDEX) continue;
      const [field] = key.keys();
      const failed = (error: Error) =>
        server.log.error(`expired documents of ${collection.namespace} could not be removed: ${error.message}`);
      try {
        removeOlder(server, collection, field!, server.clock.now() - expireAfterSeconds * 1000, failed);
      } catch (error) {
        failed(error as Error);
      }
    }
  }
}

/** Only dates expire; of several dates in an array the earliest counts, which is what the filter finds. */
function removeOlder(
  server: Server,
  collection: Collection,
  field: string,
  limit: number,
  failed: (error: Error) => void,
): void {
  const filter = doc({ [field]: doc({ $lte: new Date(limit) }) });
  const scope = emptyScope(new Date(server.clock.now()));
  const { found } = search(server.storage, collection, { filter, sort: [], scope });
  let first: Error | undefined;
  for (const target of [...found]) {
    const unit = server.engine.unit();
    try {
      collection.remove(unit, target);
      server.engine.apply(unit);
    } catch (error) {
      // Somebody's transaction has it; the next round comes by again.
      if (!(error instanceof Blocked)) first ??= error as Error;
    }
  }
  if (first) failed(first);
}
