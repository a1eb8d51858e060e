import { plain } from '../bson/show.js';
import { isDoc, type Doc } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';

const LEVELS = new Set(['local', 'majority', 'available', 'linearizable', 'snapshot']);

/** With one server the levels differ in nothing but the snapshot, which only transactions have here. */
export function checkReadConcern(body: Doc): void {
  const concern = body.get('readConcern');
  if (concern === undefined) return;
  if (!isDoc(concern)) throw failedToParse('readConcern must be an object');
  const level = concern.get('level');
  if (level !== undefined && !LEVELS.has(plain(level)))
    throw failedToParse(`unknown readConcern level '${plain(level)}'`);
  if (level === 'snapshot' && body.get('autocommit') !== false)
    throw new MongoError('InvalidOptions', 'readConcern snapshot is only supported in transactions');
}
