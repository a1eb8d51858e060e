import type { Value } from '../bson/value.js';
import type { Compile } from './compile.js';
import type { Expression } from './scope.js';
import { ARITHMETIC } from './arithmetic.js';
import { ARRAYS } from './arrays.js';
import { CONVERSIONS } from './conversions.js';
import { DATES } from './dates.js';
import { LOGIC } from './logic.js';
import { OBJECTS } from './objects.js';
import { REDUCERS } from './reducers.js';
import { STRINGS } from './strings.js';

/** Makes the expression of one operator out of its operand. */
export type OperatorMaker = (operand: Value, compile: Compile, name: string) => Expression;
export type OperatorTable = Readonly<Record<string, OperatorMaker>>;

/** A class and not a table filled at load: the families import the compiler, which imports this. */
export const OPERATORS = {
  get(name: string): OperatorMaker | undefined {
    for (const family of [LOGIC, ARITHMETIC, ARRAYS, STRINGS, OBJECTS, CONVERSIONS, DATES, REDUCERS])
      if (Object.hasOwn(family, name)) return family[name];
    return undefined;
  },
};
