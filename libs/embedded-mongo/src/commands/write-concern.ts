import { plain } from '../bson/show.js';
import { isDoc, isNumeric, toNumber, type Doc } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';

/** Whether a write is answered only after it has reached the disk. Without a write concern MongoDB means `majority`. */
export function wantsDurable(body: Doc): boolean {
  const concern = body.get('writeConcern');
  if (concern === undefined) return true;
  if (!isDoc(concern)) throw failedToParse('writeConcern must be an object');
  if (concern.get('j') === true) return true;
  const w = concern.get('w') ?? 'majority';
  if (w === 'majority') return concern.get('j') !== false;
  if (!isNumeric(w))
    throw new MongoError(
      'UnknownWriteConcern',
      `No write concern mode named '${plain(w)}' found in replica set configuration`,
    );
  const nodes = toNumber(w);
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > 50)
    throw failedToParse('w has to be a non-negative number and not greater than 50');
  if (nodes > 1) throw new MongoError('UnsatisfiableWriteConcern', 'Not enough data-bearing nodes');
  return false;
}
