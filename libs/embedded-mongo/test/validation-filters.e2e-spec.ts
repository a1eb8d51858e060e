import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Double, type Db, type Document } from 'mongodb';
import { openDatabase } from './database.js';
import { refusal } from './refusal.js';

let db: Db;
let close: () => Promise<void>;

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

const gte = { operatorName: '$gte', specifiedAs: { n: { $gte: 0 } }, reason: 'comparison failed', consideredValue: -1 };

describe('a filter says of the document it refuses', () => {
  it.each<[string, Document, Document, Document]>([
    ['a comparison', { n: { $gte: 0 } }, { n: -1 }, gte],
    ['a value', { n: 1 }, { n: 2 }, { operatorName: '$eq', specifiedAs: { n: 1 }, reason: 'comparison failed', consideredValue: 2 }], // prettier-ignore
    ['a field that is missing', { n: { $gte: 0 } }, {}, { operatorName: '$gte', specifiedAs: { n: { $gte: 0 } }, reason: 'field was missing' }], // prettier-ignore
    ['several values', { n: { $gte: 0 } }, { n: [-1, -2] }, { operatorName: '$gte', specifiedAs: { n: { $gte: 0 } }, reason: 'comparison failed', consideredValues: [-1, -2] }], // prettier-ignore
    ['a field that must be', { n: { $exists: true } }, {}, { operatorName: '$exists', specifiedAs: { n: { $exists: true } }, reason: 'path does not exist' }], // prettier-ignore
    ['a list', { n: { $in: [1, 2] } }, { n: 3 }, { operatorName: '$in', specifiedAs: { n: { $in: [1, 2] } }, reason: 'no matching value found in array', consideredValue: 3 }], // prettier-ignore
    ['a type', { n: { $type: 'string' } }, { n: new Double(1.5) }, { operatorName: '$type', specifiedAs: { n: { $type: 'string' } }, reason: 'type did not match', consideredValue: 1.5, consideredType: 'double' }], // prettier-ignore
    ['two conditions', { n: { $gte: 0, $lte: 9 } }, { n: -1 }, { operatorName: '$and', clausesNotSatisfied: [{ index: 0, details: gte }] }], // prettier-ignore
    ['$or', { $or: [{ n: { $gte: 0 } }, { $and: [{ n: { $gte: 0 } }] }] }, { n: -1 }, { operatorName: '$or', clausesNotSatisfied: [{ index: 0, details: gte }, { index: 1, details: { operatorName: '$and', clausesNotSatisfied: [{ index: 0, details: gte }] } }] }], // prettier-ignore
    ['$nor', { $nor: [{ n: { $gte: 5 } }, { n: 1 }] }, { n: 1 }, { operatorName: '$nor', clausesSatisfied: [{ index: 1, details: { operatorName: '$eq', specifiedAs: { n: 1 }, reason: 'comparison succeeded', consideredValue: 1 } }] }], // prettier-ignore
    ['$not', { n: { $not: { $gte: 5 } } }, { n: 6 }, { operatorName: '$not', details: { operatorName: '$gte', specifiedAs: { n: { $gte: 5 } }, reason: 'comparison succeeded', consideredValue: 6 } }], // prettier-ignore
    ['an expression', { $expr: { $lte: ['$held', '$balance'] } }, { held: 2, balance: 1 }, { operatorName: '$expr', specifiedAs: { $expr: { $lte: ['$held', '$balance'] } }, reason: 'expression did not match', expressionResult: false }], // prettier-ignore
  ])('%s', async (_name, validator, document, details) => {
    expect(await refusal(db, validator, document)).toEqual(details);
  });
});
