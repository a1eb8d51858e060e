import { compare } from '../bson/compare.js';
import { identityOf } from '../bson/identity.js';
import { doc, isNumeric, toNumber, typeName, type Value } from '../bson/value.js';
import { typeMismatch } from '../errors/mongo-error.js';
import { search } from '../planner/scan.js';
import { parseFilter } from '../query/matcher.js';
import { anyValueAt } from '../query/path.js';
import { collectionToRead } from './collections-access.js';
import { viewOf, type Command } from './command.js';
import { collectionName, refuseCollation, wholeNumber } from './fields.js';

export const count: Command = {
  fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
  async run(body, context) {
    const collection = collectionToRead(context, collectionName(body, 'count'));
    refuseCollation(body.get('collation'));
    const filter = parseFilter(body.get('query'), 'query');
    const skip = wholeNumber(body, 'skip', 0);
    const limit = isNumeric(body.get('limit')) ? Math.abs(toNumber(body.get('limit') as number)) : 0;
    if (!collection) return doc({ n: 0 });
    const { scope, pace } = context;
    let total = 0;
    if (filter.size === 0) total = context.server.catalog.count(collection);
    else {
      const { found } = search(viewOf(context), collection, { filter, sort: [], hint: body.get('hint'), scope, pace });
      await pace.each(found, () => total++);
    }
    const left = Math.max(0, total - skip);
    return doc({ n: limit > 0 ? Math.min(left, limit) : left });
  },
};

export const distinct: Command = {
  fields: ['key', 'query', 'collation', 'hint'],
  inTransaction: true,
  async run(body, context) {
    const collection = collectionToRead(context, collectionName(body, 'distinct'));
    refuseCollation(body.get('collation'));
    const key = body.get('key');
    if (typeof key !== 'string')
      throw typeMismatch(`BSON field 'distinct.key' is the wrong type '${typeName(key)}', expected type 'string'`);
    const filter = parseFilter(body.get('query'), 'query');
    const values = new Map<string, Value>();
    const offer = (value: Value) => {
      const text = identityOf(value);
      if (!values.has(text)) values.set(text, value);
    };
    const { scope, pace } = context;
    const found = collection
      ? search(viewOf(context), collection, { filter, sort: [], hint: body.get('hint'), scope, pace }).found
      : [];
    const path = key.split('.');
    await pace.each(found, ({ document }) => {
      anyValueAt(document, path, 0, (value) => {
        if (Array.isArray(value)) value.forEach(offer);
        else if (value !== undefined) offer(value);
        return false;
      });
    });
    // In the order of the values, as an index on the field would give them.
    return doc({ values: [...values.values()].sort(compare) });
  },
};
