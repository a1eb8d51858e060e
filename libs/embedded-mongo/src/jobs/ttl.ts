import { doc, type Doc } from '../bson/value.js';
import { emptyScope } from '../expressions/scope.js';
import { ID_INDEX, type IndexSpec } from '../indexes/index-description.js';
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
    for (const index of collection.indexes) {
      if (index.expireAfterSeconds === undefined || index.name === ID_INDEX) continue;
      const failed = (error: Error) =>
        server.log.error(`expired documents of ${collection.namespace} could not be removed: ${error.message}`);
      try {
        removeOlder(server, collection, expiredFilter(index, server.clock.now()), failed);
      } catch (error) {
        failed(error as Error);
      }
    }
  }
}

/** Only dates expire, and only documents in the index; of several dates in an array the earliest counts, which is found here. */
function expiredFilter({ key, expireAfterSeconds, partialFilter }: IndexSpec, now: number): Doc {
  const [field] = key.keys();
  const expired = doc({ [field!]: doc({ $lte: new Date(now - expireAfterSeconds! * 1000) }) });
  return partialFilter ? doc({ $and: [expired, partialFilter] }) : expired;
}

function removeOlder(server: Server, collection: Collection, filter: Doc, failed: (error: Error) => void): void {
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
