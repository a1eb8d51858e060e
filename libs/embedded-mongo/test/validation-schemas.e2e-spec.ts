import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, type Document } from 'mongodb';
import { openDatabase } from './database.js';
import { refusal } from './refusal.js';

let db: Db;
let close: () => Promise<void>;

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

const schema = (rules: Document) => ({ $jsonSchema: rules });
const broken = (...rules: Document[]) => ({ operatorName: '$jsonSchema', schemaRulesNotSatisfied: rules });
const ofA = (...details: Document[]) =>
  broken({ operatorName: 'properties', propertiesNotSatisfied: [{ propertyName: 'a', details }] });
const minimum = (value: number, consideredValue: unknown) => ({
  operatorName: 'minimum',
  specifiedAs: { minimum: value },
  reason: 'comparison failed',
  consideredValue,
});
const length = (name: string, value: number, consideredValue: string) => ({
  operatorName: name,
  specifiedAs: { [name]: value },
  reason: 'specified string length was not satisfied',
  consideredValue,
});
const wrongType = (specifiedAs: Document, consideredValue: unknown, consideredType: string) => ({
  operatorName: Object.keys(specifiedAs)[0],
  specifiedAs,
  reason: 'type did not match',
  consideredValue,
  consideredType,
});

/** A rule for the field `a`, a value of it, and what is said of them. */
const PROPERTY: [string, Document, unknown, Document[]][] = [
  [
    'a value of another type',
    { bsonType: 'double' },
    { b: 1 },
    [wrongType({ bsonType: 'double' }, { b: 1 }, 'object')],
  ],
  ['several types', { bsonType: ['int', 'null'] }, 'x', [wrongType({ bsonType: ['int', 'null'] }, 'x', 'string')]],
  ['a type of JSON', { type: 'string', minLength: 4 }, [], [wrongType({ type: 'string' }, [], 'array')]],
  ['too small a number', { minimum: 1 }, 0, [minimum(1, 0)]],
  [
    'a bound that is not reached itself',
    { maximum: 1, exclusiveMaximum: true },
    1,
    [
      {
        operatorName: 'maximum',
        specifiedAs: { maximum: 1, exclusiveMaximum: true },
        reason: 'comparison failed',
        consideredValue: 1,
      },
    ],
  ],
  ['too short a text', { minLength: 4 }, 'foo', [length('minLength', 4, 'foo')]],
  ['several rules, in one order', { minLength: 4, maxLength: 1 }, 'foo', [length('maxLength', 1, 'foo'), length('minLength', 4, 'foo')]], // prettier-ignore
  [
    'a pattern',
    { pattern: '^S' },
    'slow',
    [
      {
        operatorName: 'pattern',
        specifiedAs: { pattern: '^S' },
        reason: 'regular expression did not match',
        consideredValue: 'slow',
      },
    ],
  ],
  [
    'a multiple',
    { multipleOf: 2 },
    3,
    [
      {
        operatorName: 'multipleOf',
        specifiedAs: { multipleOf: 2 },
        reason: 'considered value is not a multiple of the specified value',
        consideredValue: 3,
      },
    ],
  ],
  [
    'a value that is not listed',
    { enum: [1, 2, 3] },
    0,
    [
      {
        operatorName: 'enum',
        specifiedAs: { enum: [1, 2, 3] },
        reason: 'value was not found in enum',
        consideredValue: 0,
      },
    ],
  ],
  [
    'too many items',
    { maxItems: 1 },
    [1, 2],
    [
      {
        operatorName: 'maxItems',
        specifiedAs: { maxItems: 1 },
        reason: 'array did not match specified length',
        consideredValue: [1, 2],
        numberOfItems: 2,
      },
    ],
  ],
  [
    'an item twice',
    { uniqueItems: true },
    [1, 2, 1],
    [
      {
        operatorName: 'uniqueItems',
        specifiedAs: { uniqueItems: true },
        reason: 'found a duplicate item',
        consideredValue: [1, 2, 1],
        duplicatedValue: 1,
      },
    ],
  ],
  [
    'an item',
    { items: { minimum: 1 } },
    [1, 0],
    [
      {
        operatorName: 'items',
        reason: 'At least one item did not match the sub-schema',
        itemIndex: 1,
        details: [minimum(1, 0)],
      },
    ],
  ],
  [
    'items one by one',
    { items: [{ minimum: 1 }, { minimum: 1 }] },
    [1, 0],
    [{ operatorName: 'items', details: [{ itemIndex: 1, details: [minimum(1, 0)] }] }],
  ],
  ['what may not be', { not: { bsonType: 'int' } }, 1, [{ operatorName: 'not', reason: 'child expression matched' }]],
  [
    'all of several schemas',
    { allOf: [{ maximum: 9 }, { minimum: 1 }] },
    0,
    [{ operatorName: 'allOf', schemasNotSatisfied: [{ index: 1, details: [minimum(1, 0)] }] }],
  ],
  [
    'any of several schemas',
    { anyOf: [{ minimum: 2 }, { minimum: 1 }] },
    0,
    [
      {
        operatorName: 'anyOf',
        schemasNotSatisfied: [
          { index: 0, details: [minimum(2, 0)] },
          { index: 1, details: [minimum(1, 0)] },
        ],
      },
    ],
  ],
  [
    'one of several schemas, where two match',
    { oneOf: [{ minimum: 1 }, { maximum: 3 }] },
    2,
    [{ operatorName: 'oneOf', reason: 'more than one subschema matched', matchingSchemaIndexes: [0, 1] }],
  ],
  [
    'documents in documents',
    { properties: { b: { minimum: 1 } } },
    { b: 0 },
    [
      {
        operatorName: 'properties',
        propertiesNotSatisfied: [{ propertyName: 'b', details: [minimum(1, 0)] }],
      },
    ],
  ],
];

describe('a schema says of the document it refuses', () => {
  it.each(PROPERTY)('%s', async (_name, rules, value, details) => {
    expect(await refusal(db, schema({ properties: { a: rules } }), { a: value })).toEqual(ofA(...details));
  });

  it('what is missing, in the order of the names', async () => {
    const required = ['c', 'a', 'b'];
    const rule = { operatorName: 'required', specifiedAs: { required }, missingProperties: ['b', 'c'] };
    expect(await refusal(db, schema({ bsonType: 'object', required }), { a: 1 })).toEqual(broken(rule));
  });

  it('which fields it does not know', async () => {
    const rules = { properties: { _id: {}, a: {} }, additionalProperties: false };
    const rule = {
      operatorName: 'additionalProperties',
      specifiedAs: { additionalProperties: false },
      additionalProperties: ['b', 'c'],
    };
    expect(await refusal(db, schema(rules), { a: 1, b: 1, c: 1 })).toEqual(broken(rule));
  });

  it('which further field is wrong', async () => {
    const rules = { properties: { _id: {} }, additionalProperties: { minimum: 1 } };
    const rule = {
      operatorName: 'additionalProperties',
      reason: 'at least one additional property did not match the subschema',
      failingProperty: 'b',
      details: [minimum(1, 0)],
    };
    expect(await refusal(db, schema(rules), { a: 1, b: 0 })).toEqual(broken(rule));
  });

  it('which field of a pattern is wrong', async () => {
    const details = [{ propertyName: 'n1', regexMatched: '^n', details: [minimum(1, 0)] }];
    expect(await refusal(db, schema({ patternProperties: { '^n': { minimum: 1 } } }), { n0: 1, n1: 0 })).toEqual(
      broken({ operatorName: 'patternProperties', details }),
    );
  });

  it('how many fields it has', async () => {
    const rule = {
      operatorName: 'minProperties',
      specifiedAs: { minProperties: 3 },
      reason: 'specified number of properties was not satisfied',
      numberOfProperties: 2,
    };
    expect(await refusal(db, schema({ minProperties: 3 }), { a: 1 })).toEqual(broken(rule));
  });

  it('how the schema is called', async () => {
    const rules = { title: 'T', properties: { a: { description: 'D', minimum: 1 } } };
    expect(await refusal(db, schema(rules), { a: 0 })).toEqual({
      operatorName: '$jsonSchema',
      title: 'T',
      schemaRulesNotSatisfied: [
        {
          operatorName: 'properties',
          propertiesNotSatisfied: [{ propertyName: 'a', description: 'D', details: [minimum(1, 0)] }],
        },
      ],
    });
  });
});
