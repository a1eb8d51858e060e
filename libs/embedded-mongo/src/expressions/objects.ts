import { doc, isDoc, typeName, type Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { argumentsOf, isNullish, namedArguments } from './compile.js';
import type { OperatorTable } from './operators.js';

export const OBJECTS: OperatorTable = {
  $mergeObjects: (operand, compile, name) => {
    const list = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => {
      const out: Doc = new Map();
      for (const expression of list) {
        const value = expression(scope);
        // A single argument that is an array is merged element by element.
        for (const part of list.length === 1 && Array.isArray(value) ? value : [value]) {
          if (isNullish(part)) continue;
          if (!isDoc(part))
            throw new MongoError(40400, `$mergeObjects requires object inputs, but input is of type ${typeName(part)}`);
          for (const [key, inner] of part) out.set(key, inner);
        }
      }
      return out;
    };
  },
  $objectToArray: (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => {
      const value = inner!(scope);
      if (isNullish(value)) return null;
      if (!isDoc(value))
        throw new MongoError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
      return [...value].map(([k, v]) => doc({ k, v }));
    };
  },
  $getField: (operand, compile, name) => {
    const named =
      isDoc(operand) && operand.has('field') ? namedArguments(operand, name, ['field'], ['input']) : undefined;
    const field = compile(named ? named.get('field')! : operand);
    const input = named?.has('input') ? compile(named.get('input')!) : undefined;
    return (scope) => {
      const key = field(scope);
      if (typeof key !== 'string') throw new MongoError(3041704, '$getField requires that field evaluates to a string');
      const value = input ? input(scope) : scope.root;
      return isDoc(value) ? value.get(key) : value === null ? null : undefined;
    };
  },
  $setField: (operand, compile, name) => {
    const named = namedArguments(operand, name, ['field', 'input', 'value']);
    const [field, input, value] = ['field', 'input', 'value'].map((key) => compile(named.get(key)!));
    return (scope) => {
      const [key, target, found] = [field!(scope), input!(scope), value!(scope)];
      if (isNullish(target)) return null;
      if (!isDoc(target) || typeof key !== 'string')
        throw new MongoError(4161105, '$setField requires an object and a field name');
      const out = new Map(target);
      if (found === undefined) out.delete(key);
      else out.set(key, found);
      return out;
    };
  },
};
