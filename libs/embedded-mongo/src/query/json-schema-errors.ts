import { equal } from '../bson/compare.js';
import { doc, isDoc, typeName, type Doc, type Value } from '../bson/value.js';
import { compileSchema, meets } from './json-schema.js';
import { toRegExp } from './regex.js';

/** What MongoDB tells about a keyword beside its name, in its words. */
type Reason = (value: Value, schema: Doc) => Doc;

/** The keywords of a schema that a value does not meet, as `schemaRulesNotSatisfied` lists them. */
export function brokenRules(value: Value, schema: Doc): Doc[] {
  const known = Object.keys(REASONS).filter((keyword) => schema.has(keyword));
  const others = [...schema.keys()].filter((keyword) => !REASONS[keyword]);
  return [...known, ...others]
    .filter((keyword) => !meets(value, keyword, schema))
    .map((keyword) => new Map([['operatorName', keyword as Value], ...(REASONS[keyword]?.(value, schema) ?? [])]));
}

/** `title` and `description` are repeated wherever their schema is not met. */
export function annotations(schema: Value): Doc {
  const out = doc();
  for (const name of ['title', 'description']) if (isDoc(schema) && schema.has(name)) out.set(name, schema.get(name)!);
  return out;
}

const passes = (value: Value, schema: Value) => !isDoc(schema) || compileSchema(schema)(value);
const details = (value: Value, schema: Value): Doc =>
  new Map([...annotations(schema), ['details', isDoc(schema) ? brokenRules(value, schema) : []]]);
const specified = (schema: Doc, ...names: string[]): Doc =>
  new Map(names.filter((name) => schema.has(name)).map((name) => [name, schema.get(name)!]));

/** For keywords that look at one value and have one thing to say about it. */
const leaf =
  (reason: string, keyword: string, companion = ''): Reason =>
  (value, schema) =>
    doc({ specifiedAs: specified(schema, keyword, companion), reason, consideredValue: value });

const typed =
  (keyword: string): Reason =>
  (value, schema) =>
    new Map([...leaf('type did not match', keyword)(value, schema), ['consideredType', typeName(value)]]);

const counted =
  (keyword: string): Reason =>
  (value, schema) =>
    new Map([
      ...leaf('array did not match specified length', keyword)(value, schema),
      ['numberOfItems', (value as Value[]).length],
    ]);

const sized =
  (keyword: string): Reason =>
  (value, schema) =>
    doc({
      specifiedAs: specified(schema, keyword),
      reason: 'specified number of properties was not satisfied',
      numberOfProperties: (value as Doc).size,
    });

const subschemas =
  (keyword: string): Reason =>
  (value, schema) => {
    const broken = (schema.get(keyword) as Doc[]).flatMap((inner, index) =>
      passes(value, inner) ? [] : [new Map([['index', index as Value], ...details(value, inner)])],
    );
    return doc({ schemasNotSatisfied: broken });
  };

const oneOf: Reason = (value, schema) => {
  const matching = (schema.get('oneOf') as Doc[]).flatMap((inner, index) => (passes(value, inner) ? [index] : []));
  if (matching.length === 0) return subschemas('oneOf')(value, schema);
  return doc({ reason: 'more than one subschema matched', matchingSchemaIndexes: matching });
};

const items: Reason = (value, schema) => {
  const inner = schema.get('items')!;
  const broken = (value as Value[]).flatMap((item, index) => {
    const own = Array.isArray(inner) ? inner[index] : inner;
    return own === undefined || passes(item, own) ? [] : [{ index, ...{ found: details(item, own) } }];
  });
  if (Array.isArray(inner))
    return doc({ details: broken.map(({ index, found }) => new Map([['itemIndex', index as Value], ...found])) });
  const [first] = broken;
  const reason = 'At least one item did not match the sub-schema';
  return new Map([
    ...annotations(inner),
    ['reason', reason],
    ['itemIndex', BigInt(first!.index)],
    ['details', first!.found.get('details')!],
  ]);
};

const properties: Reason = (value, schema) => {
  const broken = [...(schema.get('properties') as Doc)].flatMap(([name, inner]) => {
    const found = (value as Doc).get(name);
    return found === undefined || passes(found, inner)
      ? []
      : [new Map([['propertyName', name], ...details(found, inner)])];
  });
  return doc({ propertiesNotSatisfied: broken });
};

const additionalProperties: Reason = (value, schema) => {
  const inner = schema.get('additionalProperties')!;
  const [known, patterns] = [schema.get('properties'), schema.get('patternProperties')];
  const regexes = isDoc(patterns) ? [...patterns.keys()].map((source) => toRegExp(source, '')) : [];
  const additional = [...(value as Doc)].filter(
    ([name]) => !(isDoc(known) && known.has(name)) && !regexes.some((regex) => regex.test(name)),
  );
  if (inner === false)
    return doc({
      specifiedAs: specified(schema, 'additionalProperties'),
      additionalProperties: additional.map(([name]) => name),
    });
  const [name, found] = additional.find(([, each]) => !passes(each, inner))!;
  const reason = 'at least one additional property did not match the subschema';
  const broken = details(found, inner).get('details')!;
  return new Map([...annotations(inner), ['reason', reason], ['failingProperty', name], ['details', broken]]);
};

const patternProperties: Reason = (value, schema) => {
  const broken = [...(schema.get('patternProperties') as Doc)].flatMap(([source, inner]) => {
    const regex = toRegExp(source, '');
    const failing = [...(value as Doc)].find(([name, found]) => regex.test(name) && !passes(found, inner));
    if (!failing) return [];
    const found = details(failing[1], inner).get('details')!;
    return [
      new Map<string, Value>([
        ['propertyName', failing[0]],
        ...annotations(inner),
        ['regexMatched', source],
        ['details', found],
      ]),
    ];
  });
  return doc({ details: broken });
};

const required: Reason = (value, schema) => {
  const missing = (schema.get('required') as string[]).filter((name) => !(value as Doc).has(name));
  return doc({ specifiedAs: specified(schema, 'required'), missingProperties: missing.sort() });
};

const uniqueItems: Reason = (value, schema) => {
  const values = value as Value[];
  const duplicatedValue = values.find((item, i) => values.slice(0, i).some((other) => equal(item, other)));
  return new Map([
    ...leaf('found a duplicate item', 'uniqueItems')(value, schema),
    ['duplicatedValue', duplicatedValue!],
  ]);
};

/** In the order in which MongoDB looks at them. */
const REASONS: Readonly<Record<string, Reason>> = {
  pattern: leaf('regular expression did not match', 'pattern'),
  maxLength: leaf('specified string length was not satisfied', 'maxLength'),
  minLength: leaf('specified string length was not satisfied', 'minLength'),
  multipleOf: leaf('considered value is not a multiple of the specified value', 'multipleOf'),
  maximum: leaf('comparison failed', 'maximum', 'exclusiveMaximum'),
  minimum: leaf('comparison failed', 'minimum', 'exclusiveMinimum'),
  minItems: counted('minItems'),
  maxItems: counted('maxItems'),
  uniqueItems,
  items,
  properties,
  additionalProperties,
  patternProperties,
  required,
  minProperties: sized('minProperties'),
  maxProperties: sized('maxProperties'),
  allOf: subschemas('allOf'),
  anyOf: subschemas('anyOf'),
  oneOf,
  not: () => doc({ reason: 'child expression matched' }),
  enum: leaf('value was not found in enum', 'enum'),
  type: typed('type'),
  bsonType: typed('bsonType'),
};
