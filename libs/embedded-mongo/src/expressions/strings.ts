import { plain } from '../bson/show.js';
import { isDoc, isNumeric, toNumber, typeName, doc, type Maybe, type Value } from '../bson/value.js';
import { BSONRegExp } from 'bson';
import { compareStrings } from '../bson/compare.js';
import { MongoError } from '../errors/mongo-error.js';
import { toRegExp } from '../query/regex.js';
import { argumentsOf, isNullish, namedArguments } from './compile.js';
import { toText } from './conversions.js';
import type { OperatorMaker, OperatorTable } from './operators.js';

function text(value: Maybe, name: string): string {
  if (typeof value !== 'string')
    throw new MongoError(34471, `${name} requires a string argument, found: ${typeName(value)}`);
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
  (measure: (value: string) => number): OperatorMaker =>
  (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => measure(text(inner!(scope), name));
  };

/** ASCII only, as in MongoDB. */
const lower = (value: string) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (value: string) => value.replace(/[a-z]/g, (letter) => letter.toUpperCase());

const substrCP: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 3);
  return (scope) => {
    const [value, from, count] = list.map((expression) => expression(scope));
    if (!isNumeric(from) || !isNumeric(count))
      throw new MongoError(34450, `${name}: starting index and length must be numbers`);
    if (toNumber(from) < 0 || toNumber(count) < 0)
      throw new MongoError(34455, `${name}: starting index and length must be non-negative`);
    return [...asText(value, name)].slice(toNumber(from), toNumber(from) + toNumber(count)).join('');
  };
};

const substrBytes: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 3);
  return (scope) => {
    const [value, from, count] = list.map((expression) => expression(scope));
    if (!isNumeric(from) || !isNumeric(count))
      throw new MongoError(16034, `${name}: starting index and length must be numbers`);
    const bytes = Buffer.from(asText(value, name));
    const start = toNumber(from);
    const end = toNumber(count) < 0 ? bytes.length : start + toNumber(count);
    const inside = (at: number) => at < bytes.length && (bytes[at]! & 0xc0) === 0x80;
    if (inside(start) || inside(end))
      throw new MongoError(28656, `${name}: Invalid range, in the middle of a UTF-8 character.`);
    return bytes.subarray(start, end).toString();
  };
};

const indexOf: OperatorMaker = (operand, compile, name) => {
  const list = argumentsOf(operand, compile, name, 2, 4);
  return (scope) => {
    const [value, wanted, from, to] = list.map((expression) => expression(scope));
    if (isNullish(value)) return null;
    const points = [...text(value, name)];
    const start = isNumeric(from) ? toNumber(from) : 0;
    const end = isNumeric(to) ? toNumber(to) : points.length;
    const found = points.slice(start, end).join('').indexOf(text(wanted, name));
    return found < 0 ? -1 : start + [...points.slice(start, end).join('').slice(0, found)].length;
  };
};

const trim: OperatorMaker = (operand, compile, name) => {
  const named = namedArguments(operand, name, ['input'], ['chars']);
  const input = compile(named.get('input')!);
  const chars = named.has('chars') ? compile(named.get('chars')!) : undefined;
  return (scope) => {
    const value = input(scope);
    const set = chars?.(scope);
    if (isNullish(value) || (chars && isNullish(set))) return null;
    const points = [...text(value, name)];
    const drop = (point: string | undefined) =>
      point !== undefined && (set === undefined ? /[\s\0]/.test(point) : plain(set).includes(point));
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
    if (values.some(isNullish)) return null;
    const [input, find, replacement] = values.map((value) => text(value, name)) as [string, string, string];
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
    const compiled =
      source instanceof BSONRegExp
        ? toRegExp(source.pattern, source.options || options)
        : toRegExp(text(source, name), options);
    if (name === '$regexMatch') return compiled.test(text(value, name));
    const found = compiled.all(text(value, name)).map((match) =>
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
      const values = list.map((expression) => expression(scope));
      if (values.some(isNullish)) return null;
      return values.map((value) => {
        if (typeof value !== 'string') throw new MongoError(16702, `$concat only supports strings, not ${typeName(value)}`);
        return value;
      }).join(''); // prettier-ignore
    };
  },
  $toLower: unary(lower),
  $toUpper: unary(upper),
  $strLenCP: length((value) => [...value].length),
  $strLenBytes: length((value) => Buffer.byteLength(value)),
  $strcasecmp: (operand, compile, name) => {
    const [a, b] = argumentsOf(operand, compile, name, 2);
    return (scope) => compareStrings(upper(asText(a!(scope), name)), upper(asText(b!(scope), name)));
  },
  $substrCP: substrCP,
  $substr: substrBytes,
  $substrBytes: substrBytes,
  $indexOfCP: indexOf,
  $split: (operand, compile, name) => {
    const [value, separator] = argumentsOf(operand, compile, name, 2);
    return (scope) => {
      const [whole, by] = [value!(scope), separator!(scope)];
      if (isNullish(whole) || isNullish(by)) return null;
      if (by === '') throw new MongoError(40087, '$split requires a non-empty separator');
      return text(whole, name).split(text(by, name));
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
