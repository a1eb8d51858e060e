import { isDoc, isNumeric, toNumber, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { badValue, MongoError, typeMismatch } from '../errors/mongo-error.js';
import type { Command } from './command.js';

/** What the drivers may send with every command. */
const GENERIC = new Set([
  '$db', 'lsid', 'txnNumber', 'startTransaction', 'autocommit', 'stmtId', 'stmtIds', 'writeConcern', 'readConcern', 'maxTimeMS', '$readPreference', '$clusterTime',
  'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'comment', 'rawData', 'readPreference', '$audit', '$client', 'maxTimeMSOpOnly', 'mayBypassWriteBlocking', 'txnRetryCounter',
]); // prettier-ignore

export function checkFields(name: string, { fields }: Command, body: Doc): void {
  if (fields === 'any') return;
  for (const field of body.keys())
    if (field !== name && !fields.includes(field) && !GENERIC.has(field))
      throw new MongoError('IDLUnknownField', `BSON field '${name}.${field}' is an unknown field.`);
}

export function collectionName(body: Doc, name: string): string {
  const value = body.get(name);
  if (typeof value !== 'string') throw badValue(`collection name has invalid type ${typeName(value)}`);
  if (value === '')
    throw new MongoError('InvalidNamespace', 'Invalid namespace specified: the collection name is empty');
  return value;
}

export function wholeNumber(body: Doc, field: string, fallback: number): number {
  const value = body.get(field);
  if (value === undefined || value === null) return fallback;
  const n = isNumeric(value) ? toNumber(value) : NaN;
  if (Number.isNaN(n))
    throw typeMismatch(
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double]'`,
    );
  if (n < 0) throw new MongoError(51024, `BSON field '${field}' value must be >= 0, actual value '${n}'`);
  return Math.trunc(n);
}

export function listOf(body: Doc, field: string): Doc[] {
  const value = body.get(field);
  if (value === undefined)
    throw new MongoError('IDLFailedToParse', `BSON field '${field}' is missing but a required field`);
  if (!Array.isArray(value) || !value.every(isDoc))
    throw typeMismatch(`BSON field '${field}' is the wrong type, expected type 'array' of objects`);
  if (value.length === 0 || value.length > 100_000)
    throw new MongoError(
      'InvalidLength',
      `Write batch sizes must be between 1 and 100000. Got ${value.length} operations.`,
    );
  return value;
}

/** Only the order of plain bytes is known here. */
export function refuseCollation(value: Maybe): void {
  if (value === undefined || value === null) return;
  if (isDoc(value) && (value.size === 0 || value.get('locale') === 'simple')) return;
  throw new MongoError('CommandNotSupported', 'only the simple collation is supported');
}

export function variablesOf(body: Doc): Doc | undefined {
  const value: Value | undefined = body.get('let');
  if (value === undefined) return undefined;
  if (!isDoc(value)) throw typeMismatch("BSON field 'let' is the wrong type, expected type 'object'");
  return value;
}

export function docField(body: Doc, field: string): Doc | undefined {
  const value = body.get(field);
  if (value === undefined || value === null) return undefined;
  if (!isDoc(value))
    throw typeMismatch(`BSON field '${field}' is the wrong type '${typeName(value)}', expected type 'object'`);
  return value;
}
