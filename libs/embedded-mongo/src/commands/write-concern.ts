import { plain } from '../bson/show.js';
import { doc, isDoc, isNumeric, toNumber, type Doc } from '../bson/value.js';
import { failedToParse, MongoError } from '../errors/mongo-error.js';

/** Every write is answered only after it has reached the disk, whatever was asked for. */
export interface WriteConcern {
  /** What is wrong with the wish; the write is done nevertheless. */
  error?: Doc;
}

/** Without a write concern MongoDB means `majority`. */
export function readWriteConcern(body: Doc): WriteConcern {
  const concern = body.get('writeConcern');
  if (concern === undefined) return {};
  if (!isDoc(concern)) throw failedToParse('writeConcern must be an object');
  const journaled = concern.get('j');
  const w = concern.get('w') ?? 'majority';
  if (w === 'majority') return {};
  if (!isNumeric(w))
    return {
      error: failure(
        'UnknownWriteConcern',
        79,
        `No write concern mode named '${plain(w)}' found in replica set configuration`,
      ),
    };
  const nodes = toNumber(w);
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > 50)
    throw failedToParse('w has to be a non-negative number and not greater than 50');
  if (nodes === 0 && journaled === true) throw new MongoError('FailedToParse', 'cannot have j: true with w: 0');
  if (nodes > 1) return { error: failure('UnsatisfiableWriteConcern', 100, 'Not enough data-bearing nodes') };
  return {};
}

const failure = (codeName: string, code: number, errmsg: string) => doc({ code, codeName, errmsg });
