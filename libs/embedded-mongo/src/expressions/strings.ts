import { plain } from '../bson/show.js';
import { isDoc, isNumeric, toNumber, typeName, doc, type Maybe, type Value } from '../bson/value.js';
import { BSONRegExp } from 'bson';
import { compareStrings } from '../bson/compare.js';
import { MongoError } from '../errors/mongo-error.js';
import { toRegExp } from '../query/regex.js';
import { argumentsOf, isNullish, namedArguments } from './compile.js';
import { toText } from './conversions.js';
import type { OperatorMaker, OperatorTable } from './operators.js';

function text(value: Maybe, name: string, code: number): string {
  if (typeof value !== 'string')
    throw new MongoError(code, `${name} requires a string argument, found: ${typeName(value)}`);
  return value;
}

/** Null counts as the empty text here; numbers and dates count as their text. */
const asText = (value: Maybe, name: string): string =>
  isNullish(value) ? '' : typeof value === 'string' ? value : toText(value, name);

const unary =
  (compute: (value: string) => Value): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => compute(asText(inner!(scope), name));
  };

const length =
  (code: number, measure: (value: string) => number): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => measure(text(inner!(scope), name, code));
  };

/** ASCII only, as in MongoDB. */
const lower = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (value: string) => value.replace(/[a-z]/g, (letter) => letter.toUpperCase());

function position(value: Maybe, name: string, code: number): number {
  if (!isNumeric(value))
    throw new MongoError(code, `${name}: a position must be a numeric type (is ${typeName(value)})`);
  return toNumber(value);
}

const wholePosition = (value: Maybe, name: string, code: number, negative: number): number => {
  const n = position(value, name, code);
  if (!Number.isInteger(n))
    throw new MongoError(code + 1, `${name}: ${n} cannot be represented as a 32-bit integral value`);
  if (n < 0) throw new MongoError(negative, `${name}: a position must be a nonnegative integer`);
  return n;
};

const substrCP: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 3);
  return (scope) => {
    const [value, from, count] = list.map((expression) => expression(scope));
    const points = [...asText(value, name)];
    const [start, taken] = [wholePosition(from, name, 34450, 34455), wholePosition(count, name, 34452, 34454)];
    return points.slice(start, start + taken).join('');
  };
};

const substrBytes: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 3);
  return (scope) => {
    const [value, from, count] = list.map((expression) => expression(scope));
    const bytes = Buffer.from(asText(value, name));
    const [start, taken] = [Math.trunc(position(from, name, 16034)), Math.trunc(position(count, name, 16035))];
    if (start < 0) throw new MongoError(50752, `${name}: starting index must be non-negative (got: ${start})`);
    const end = taken < 0 ? bytes.length : start + taken;
    const inside = (at: number) => at < bytes.length && (bytes[at]! & 0xc0) === 0x80;
    if (inside(start))
      throw new MongoError(28656, `${name}: Invalid range, starting index is a UTF-8 continuation byte.`);
    if (inside(end))
      throw new MongoError(28657, `${name}: Invalid range, ending index is in the middle of a UTF-8 character.`);
    return bytes.subarray(start, end).toString();
  };
};

const indexOf: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 2, 4);
  return (scope) => {
    const [value, wanted, from, to] = list.map((expression) => expression(scope));
    if (isNullish(value)) return null;
    const points = [...text(value, name, 40093)];
    const token = text(wanted, name, 40094);
    const start = from === undefined ? 0 : wholePosition(from, name, 40096, 40097);
    const end = to === undefined ? points.length : wholePosition(to, name, 40096, 40097);
    if (start > points.length || end < start) return -1;
    const searched = points.slice(start, end).join('');
    const found = searched.indexOf(token);
    return found < 0 ? -1 : start + [...searched.slice(0, found)].length;
  };
};

/** What is trimmed when nothing is said: the same as in MongoDB, which is less than all of Unicode's. */
const WHITESPACE = new Set(
  '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
);

const trim: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input'], ['chars']);
  const input = compile(named.get('input')!);
  const chars = named.has('chars') ? compile(named.get('chars')!) : undefined;
  return (scope) => {
    const value = input(scope);
    const set = chars?.(scope);
    if (isNullish(value) || (chars && isNullish(set))) return null;
    const points = [...text(value, name, 50699)];
    const dropped = chars ? new Set(text(set, name, 50700)) : WHITESPACE;
    const drop = (point: string | undefined) => point !== undefined && dropped.has(point);
    let [start, end] = [0, points.length];
    while (name !== '$rtrim' && start < end && drop(points[start])) start++;
    while (name !== '$ltrim' && end > start && drop(points[end - 1])) end--;
    return points.slice(start, end).join('');
  };
};

const replace: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input', 'find', 'replacement']);
  const list = ['input', 'find', 'replacement'].map((key) => compile(named.get(key)!));
  return (scope) => {
    const values = list.map((expression) => expression(scope));
    const [input, find, replacement] = values.map((value, i) =>
      isNullish(value) ? null : text(value, name, 51746 - i),
    );
    if (typeof input !== 'string' || typeof find !== 'string' || typeof replacement !== 'string') return null;
    return name === '$replaceAll' ? input.replaceAll(find, () => replacement) : input.replace(find, () => replacement);
  };
};

const regex: OperatorMaker = (operand, compile, name) => {
  const named = isDoc(operand) ? namedArguments(operand, name, ['input', 'regex'], ['options']) : operand;
  if (!isDoc(named)) throw new MongoError(51103, `${name} expects an object of named arguments`);
  const [input, pattern] = [compile(named.get('input')!), compile(named.get('regex')!)];
  const options = plain(named.get('options') ?? '');
  return (scope) => {
    const [value, source] = [input(scope), pattern(scope)];
    if (isNullish(value) || isNullish(source))
      return name === '$regexMatch' ? false : name === '$regexFindAll' ? [] : null;
    if (source instanceof BSONRegExp && source.options && options)
      throw new MongoError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
    const compiled =
      source instanceof BSONRegExp
        ? toRegExp(source.pattern, source.options || options)
        : toRegExp(text(source, name, 51105), options);
    if (name === '$regexMatch') return compiled.test(text(value, name, 51104));
    const found = compiled.all(text(value, name, 51104)).map((match) =>
      doc({
        match: match[0],
        idx: [...match.input!.slice(0, match.index)].length,
        captures: match.slice(1).map((capture: string | undefined) => capture ?? null),
      }),
    );
    return name === '$regexFindAll' ? found : (found[0] ?? null);
  };
};

export const STRINGS: OperatorTable = {
  $concat: (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => {
      let joined = '';
      for (const expression of list) {
        const value = expression(scope);
        if (isNullish(value)) return null;
        joined += text(value, name, 16702);
      }
      return joined;
    };
  },
  $toLower: unary(lower),
  $toUpper: unary(upper),
  $strLenCP: length(34471, (value) => [...value].length),
  $strLenBytes: length(34473, (value) => Buffer.byteLength(value)),
  $strcasecmp: (operand, compile, name) => {
    const [a, b] = argumentsOf(operand, compile, name, 2);
    return (scope) => compareStrings(upper(asText(a!(scope), name)), upper(asText(b!(scope), name)));
  },
  $substrCP: substrCP,
  $substr: substrBytes,
  $substrBytes: substrBytes,
  $indexOfCP: indexOf,
  $split: (operand, compile, name) => {
    const [value, delimiter] = argumentsOf(operand, compile, name, 2);
    return (scope) => {
      const [whole, by] = [value!(scope), delimiter!(scope)];
      if (isNullish(whole) || isNullish(by)) return null;
      const [input, separator] = [text(whole, name, 40085), text(by, name, 40086)];
      if (separator === '') throw new MongoError(40087, '$split requires a non-empty separator');
      return input.split(separator);
    };
  },
  $trim: trim,
  $ltrim: trim,
  $rtrim: trim,
  $replaceOne: replace,
  $replaceAll: replace,
  $regexMatch: regex,
  $regexFind: regex,
  $regexFindAll: regex,
};
