import { plain } from '../bson/show.js';
import { equal } from '../bson/compare.js';
import { compareNumbers } from '../bson/numbers.js';
import { isDoc, isNumeric, toNumber, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { failedToParse, typeMismatch } from '../errors/mongo-error.js';
import { toRegExp } from './regex.js';
import { typeTest } from './value-tests.js';

type Test = (value: Value) => boolean;
type Keyword = (operand: Value, schema: Doc) => Test;

/** Compiles a `$jsonSchema`; a keyword that is not known is refused, never passed over. */
export function compileSchema(schema: Doc): Test {
  const tests: Test[] = [];
  for (const [keyword, operand] of schema) {
    if (ANNOTATIONS.has(keyword)) continue;
    const make = KEYWORDS[keyword];
    if (!make) throw failedToParse(`Unknown $jsonSchema keyword: ${keyword}`);
    tests.push(make(operand, schema));
  }
  return (value) => tests.every((test) => test(value));
}

/** Whether a value meets one keyword of a schema that can be compiled. */
export const meets = (value: Value, keyword: string, schema: Doc): boolean =>
  ANNOTATIONS.has(keyword) || KEYWORDS[keyword]!(schema.get(keyword)!, schema)(value);

const ANNOTATIONS = new Set(['title', 'description', 'exclusiveMinimum', 'exclusiveMaximum']);

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  bsonType: (operand) => typeTest(operand),
  type: (operand) => typeTest(jsonTypes(operand)),
  required: (operand) => {
    const names = list(operand, 'required') as string[];
    return ifDoc((value) => names.every((name) => value.has(name)));
  },
  properties: (operand) => {
    const schemas = [...object(operand, 'properties')].map(([name, inner]) => [name, schemaOf(inner)] as const);
    return ifDoc((value) => schemas.every(([name, test]) => passes(test, value.get(name))));
  },
  additionalProperties: (operand, schema) => {
    const test = operand === false ? () => false : operand === true ? () => true : schemaOf(operand);
    const known = schema.get('properties');
    const patterns = schema.get('patternProperties');
    const regexes = isDoc(patterns) ? [...patterns.keys()].map((source) => toRegExp(source, '')) : [];
    const isKnown = (name: string) => (isDoc(known) && known.has(name)) || regexes.some((regex) => regex.test(name));
    return ifDoc((value) => [...value].every(([name, inner]) => isKnown(name) || test(inner)));
  },
  patternProperties: (operand) => {
    const schemas = [...object(operand, 'patternProperties')].map(
      ([source, inner]) => [toRegExp(source, ''), schemaOf(inner)] as const,
    );
    return ifDoc((value) =>
      [...value].every(([name, inner]) => schemas.every(([regex, test]) => !regex.test(name) || test(inner))),
    );
  },
  enum: (operand) => {
    const values = list(operand, 'enum');
    return (value) => values.some((wanted) => equal(wanted, value));
  },
  minimum: (operand, schema) => bound(operand, schema.get('exclusiveMinimum') === true, 1),
  maximum: (operand, schema) => bound(operand, schema.get('exclusiveMaximum') === true, -1),
  multipleOf: (operand) => {
    const unit = number(operand, 'multipleOf');
    return (value) => !isNumeric(value) || Number.isInteger(toNumber(value) / unit);
  },
  minLength: (operand) => ifString((length) => length >= number(operand, 'minLength')),
  maxLength: (operand) => ifString((length) => length <= number(operand, 'maxLength')),
  pattern: (operand) => {
    const regex = toRegExp(plain(operand), '');
    return (value) => typeof value !== 'string' || regex.test(value);
  },
  items: (operand) => {
    if (Array.isArray(operand)) {
      const tests = operand.map(schemaOf);
      return ifArray((values) => tests.every((test, i) => passes(test, values[i])));
    }
    const test = schemaOf(operand);
    return ifArray((values) => values.every(test));
  },
  minItems: (operand) => ifArray((values) => values.length >= number(operand, 'minItems')),
  maxItems: (operand) => ifArray((values) => values.length <= number(operand, 'maxItems')),
  uniqueItems: (operand) =>
    ifArray(
      (values) =>
        operand !== true || values.every((value, i) => !values.slice(0, i).some((other) => equal(value, other))),
    ),
  minProperties: (operand) => ifDoc((value) => value.size >= number(operand, 'minProperties')),
  maxProperties: (operand) => ifDoc((value) => value.size <= number(operand, 'maxProperties')),
  allOf: (operand) => combined(operand, 'allOf', (passed, total) => passed === total),
  anyOf: (operand) => combined(operand, 'anyOf', (passed) => passed > 0),
  oneOf: (operand) => combined(operand, 'oneOf', (passed) => passed === 1),
  not: (operand) => {
    const test = schemaOf(operand);
    return (value) => !test(value);
  },
};

const passes = (test: Test, value: Maybe) => value === undefined || test(value);
const ifDoc =
  (test: (value: Doc) => boolean): Test =>
  (value) =>
    !isDoc(value) || test(value);
const ifArray =
  (test: (value: Value[]) => boolean): Test =>
  (value) =>
    !Array.isArray(value) || test(value);
const ifString =
  (test: (length: number) => boolean): Test =>
  (value) =>
    typeof value !== 'string' || test([...value].length);

function schemaOf(value: Value): Test {
  return compileSchema(object(value, 'schema'));
}

function object(value: Value, name: string): Doc {
  if (!isDoc(value))
    throw typeMismatch(
      `$jsonSchema keyword '${name}' must be an object, but found an element of type ${typeName(value)}`,
    );
  return value;
}

function list(value: Value, name: string): Value[] {
  if (!Array.isArray(value))
    throw typeMismatch(
      `$jsonSchema keyword '${name}' must be an array, but found an element of type ${typeName(value)}`,
    );
  if (value.length === 0) throw failedToParse(`$jsonSchema keyword '${name}' cannot be an empty array`);
  return value;
}

function number(value: Value, name: string): number {
  if (!isNumeric(value)) throw typeMismatch(`$jsonSchema keyword '${name}' must be a number`);
  return toNumber(value);
}

function bound(operand: Value, exclusive: boolean, side: 1 | -1): Test {
  if (!isNumeric(operand)) throw typeMismatch('$jsonSchema keyword minimum or maximum must be a number');
  return (value) => {
    if (!isNumeric(value)) return true;
    const found = compareNumbers(value, operand) * side;
    return exclusive ? found > 0 : found >= 0;
  };
}

function combined(operand: Value, name: string, accept: (passed: number, total: number) => boolean): Test {
  const tests = list(operand, name).map(schemaOf);
  return (value) => accept(tests.filter((test) => test(value)).length, tests.length);
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  object: 'object', array: 'array', number: 'number', boolean: 'bool', string: 'string', null: 'null',
}; // prettier-ignore

function jsonTypes(operand: Value): Value {
  if (Array.isArray(operand)) return operand.map(jsonTypes);
  const name = JSON_TYPES[plain(operand)];
  if (!name) throw failedToParse(`$jsonSchema type '${plain(operand)}' is not supported`);
  return name;
}
