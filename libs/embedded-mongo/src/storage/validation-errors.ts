import { doc, isDoc, typeName, type Doc, type Maybe, type Value } from '../bson/value.js';
import { compileExpression } from '../expressions/compile.js';
import { withRoot, type Scope } from '../expressions/scope.js';
import { annotations, brokenRules } from '../query/json-schema-errors.js';
import { compileFilter, isOperatorDoc } from '../query/matcher.js';
import { anyValueAt } from '../query/path.js';

/** Why a document meets a filter (`inverted`) or does not, in the words of MongoDB's `errInfo.details`. */
export function explain(filter: Doc, document: Doc, scope: Scope, inverted = false): Doc {
  const clauses = clausesOf(filter);
  if (clauses.length !== 1) return ofList('$and', clauses, document, scope, inverted);
  const [[name, operand]] = [...clauses[0]!] as [[string, Value]];
  if (name === '$and' || name === '$or' || name === '$nor')
    return ofList(name, operand as Doc[], document, scope, inverted);
  if (name === '$jsonSchema') return ofSchema(operand as Doc, filter, document, inverted);
  if (name === '$expr') return ofExpression(operand, filter, document, scope, inverted);
  if (name.startsWith('$')) return doc({ operatorName: name, specifiedAs: filter });
  return ofField(name, operand, document, scope, inverted);
}

/** Each condition on its own: several operators on a field are as many conditions. */
function clausesOf(filter: Doc): Doc[] {
  return [...filter].flatMap(([name, operand]) => {
    if (name.startsWith('$') || !isOperatorDoc(operand)) return [doc({ [name]: operand })];
    return [...operand]
      .filter(([operator]) => operator !== '$options')
      .map(([operator, value]) => {
        const options = operator === '$regex' ? operand.get('$options') : undefined;
        return doc({ [name]: doc({ [operator]: value, $options: options }) });
      });
  });
}

function ofList(name: string, clauses: Doc[], document: Doc, scope: Scope, inverted: boolean): Doc {
  // The clauses of $nor are to blame when they match.
  const wanted = name === '$nor' ? !inverted : inverted;
  const blamed = clauses.flatMap((clause, index) =>
    compileFilter(clause, scope)(document) === wanted
      ? [doc({ index, details: explain(clause, document, scope, wanted) })]
      : [],
  );
  return doc({ operatorName: name, [wanted ? 'clausesSatisfied' : 'clausesNotSatisfied']: blamed });
}

function ofSchema(schema: Doc, filter: Doc, document: Doc, inverted: boolean): Doc {
  const out = doc({ operatorName: '$jsonSchema' });
  if (inverted) return out.set('reason', 'schema matched');
  const rules = brokenRules(document, schema);
  if (rules.some((rule) => ['type', 'bsonType'].includes(rule.get('operatorName') as string)))
    return out.set('specifiedAs', filter).set('reason', 'expression always evaluates to false');
  return new Map([...out, ...annotations(schema), ['schemaRulesNotSatisfied', rules]]);
}

function ofExpression(operand: Value, filter: Doc, document: Doc, scope: Scope, inverted: boolean): Doc {
  return doc({
    operatorName: '$expr',
    specifiedAs: filter,
    reason: inverted ? 'expression did match' : 'expression did not match',
    expressionResult: compileExpression(operand, scope)(withRoot(scope, document)),
  });
}

/** What is said of an operator that does not match, and of one that does. */
const REASONS: Readonly<Record<string, [string, string]>> = {
  $exists: ['path does not exist', 'path does exist'],
  $in: ['no matching value found in array', 'matching value found in array'],
  $type: ['type did not match', 'type did match'],
  $regex: ['regular expression did not match', 'regular expression did match'],
  $mod: ['$mod did not evaluate to expected remainder', '$mod did evaluate to expected remainder'],
  $size: ['array length was not equal to given size', 'array length was equal to given size'],
  $elemMatch: ['array did not satisfy the child predicate', 'array did satisfy the child predicate'],
  $all: ['array did not contain all specified values', 'array did contain all specified values'],
};
const COMPARISON: [string, string] = ['comparison failed', 'comparison succeeded'];
/** These look at an array as a whole. */
const WHOLE = new Set(['$size', '$elemMatch', '$all']);

function ofField(path: string, operand: Value, document: Doc, scope: Scope, inverted: boolean): Doc {
  const [operator, value] = isOperatorDoc(operand) ? [...operand][0]! : ['$eq', operand];
  if (operator === '$not' && isDoc(value))
    return doc({ operatorName: '$not', details: explain(doc({ [path]: value }), document, scope, !inverted) });
  const out = doc({ operatorName: operator, specifiedAs: doc({ [path]: operand }) });
  const reason = (REASONS[operator] ?? COMPARISON)[inverted ? 1 : 0];
  if (operator === '$exists') return out.set('reason', reason);
  const values = valuesAt(document, path, WHOLE.has(operator));
  if (!values) return out.set('reason', 'field was missing');
  out.set('reason', reason);
  if (values.length === 1) out.set('consideredValue', values[0]!);
  else out.set('consideredValues', values);
  if (operator !== '$type') return out;
  const types = [...new Set(values.map(typeName))].sort();
  return types.length === 1 ? out.set('consideredType', types[0]!) : out.set('consideredTypes', types);
}

/** The values that an operator looked at, or nothing when there is no such field. */
function valuesAt(document: Doc, path: string, whole: boolean): Value[] | undefined {
  const found: Maybe[] = [];
  anyValueAt(document, path.split('.'), 0, (value) => {
    found.push(value);
    return false;
  });
  const present = found.filter((value): value is Value => value !== undefined);
  if (present.length === 0) return undefined;
  return whole ? present : present.flatMap((value) => (Array.isArray(value) ? value : [value]));
}
