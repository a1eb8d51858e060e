import { compare } from '../bson/compare.js';
import { isDoc, type Maybe, type Value } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { argumentsOf, isNullish, isTruthy, namedArguments } from './compile.js';
import type { OperatorMaker, OperatorTable } from './operators.js';
import { withVariables } from './scope.js';

const comparison =
  (decide: (order: number) => Value): OperatorMaker =>
  (operand, compile, name) => {
    const [left, right] = argumentsOf(operand, compile, name, 2);
    return (scope) => decide(compare(left!(scope), right!(scope)));
  };

const COND = { if: 17080, then: 17081, else: 17082, '': 17083 };
const SWITCH = { $: 40060, branches: 40068, '': 40067 };
const BRANCH = { $: 40062, '': 40063, case: 40064, then: 40065 };
const LET = { $: 16874, '': 16875, vars: 16876, in: 16877 };

export const LOGIC: OperatorTable = {
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $cmp: comparison((order) => order),
  $and: (operand, compile, name) => {
    const all = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => all.every((expression) => isTruthy(expression(scope)));
  },
  $or: (operand, compile, name) => {
    const any = argumentsOf(operand, compile, name, 0, Infinity);
    return (scope) => any.some((expression) => isTruthy(expression(scope)));
  },
  $not: (operand, compile, name) => {
    const [inner] = argumentsOf(operand, compile, name, 1);
    return (scope) => !isTruthy(inner!(scope));
  },
  $cond: (operand, compile, name) => {
    const named = isDoc(operand) ? namedArguments(operand, name, ['if', 'then', 'else'], [], COND) : undefined;
    const list: Value = named ? [named.get('if')!, named.get('then')!, named.get('else')!] : operand;
    const [condition, yes, no] = argumentsOf(list, compile, name, 3);
    return (scope) => (isTruthy(condition!(scope)) ? yes!(scope) : no!(scope));
  },
  $ifNull: (operand, compile, name) => {
    if (!Array.isArray(operand) || operand.length < 2)
      throw new MongoError(1257300, '$ifNull needs at least two arguments');
    const list = argumentsOf(operand, compile, name, 2, Infinity);
    return (scope) => {
      let found: Maybe;
      for (const expression of list) if (!isNullish((found = expression(scope)))) return found;
      return found;
    };
  },
  $switch: (operand, compile, name) => {
    const named = namedArguments(operand, name, ['branches'], ['default'], SWITCH);
    const list = named.get('branches')!;
    if (!Array.isArray(list)) throw new MongoError(40061, '$switch expected an array for its branches');
    if (list.length === 0) throw new MongoError(40068, '$switch requires at least one branch.');
    const branches = list.map((branch) => {
      const parts = namedArguments(branch, name, ['case', 'then'], [], BRANCH);
      return { when: compile(parts.get('case')!), then: compile(parts.get('then')!) };
    });
    const otherwise = named.has('default') ? compile(named.get('default')!) : undefined;
    return (scope) => {
      const branch = branches.find(({ when }) => isTruthy(when(scope)));
      if (branch) return branch.then(scope);
      if (!otherwise)
        throw new MongoError(
          40066,
          '$switch could not find a matching branch for an input, and no default was specified.',
        );
      return otherwise(scope);
    };
  },
  $let: (operand, compile, name) => {
    const named = namedArguments(operand, name, ['vars', 'in'], [], LET);
    const vars = named.get('vars')!;
    if (!isDoc(vars)) throw new MongoError(16876, 'invalid parameter: expected an object (vars)');
    const bound = [...vars].map(([key, value]) => [key, compile(value)] as const);
    const body = compile(named.get('in')!, vars.keys());
    return (scope) =>
      body(
        withVariables(
          scope,
          bound.map(([key, expression]) => [key, expression(scope)] as const),
        ),
      );
  },
  $literal: (operand) => () => operand,
};
