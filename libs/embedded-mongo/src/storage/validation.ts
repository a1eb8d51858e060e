import { doc, isDoc, type Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { emptyScope } from '../expressions/scope.js';
import { compileFilter } from '../query/matcher.js';

/** The check that a collection's validator stands for, or nothing when it has none. */
export function compileValidator(options: Doc, now: () => number): ((document: Doc) => void) | undefined {
  const validator = options.get('validator');
  if (!isDoc(validator) || validator.size === 0) return undefined;
  if (options.get('validationLevel') === 'off' || options.get('validationAction') === 'warn') return undefined;
  // Compiled once now, so that a validator that makes no sense is refused with the command that brings it.
  compileFilter(validator, emptyScope(new Date(now())));
  return (document) => {
    const matches = compileFilter(validator, emptyScope(new Date(now())));
    if (!matches(document)) throw failed(document, validator);
  };
}

function failed(document: Doc, validator: Doc): MongoError {
  const errInfo = doc({ failingDocumentId: document.get('_id') ?? null, details: detailsOf(validator) });
  return new MongoError('DocumentValidationFailure', 'Document failed validation', { details: { errInfo } });
}

/** The part of MongoDB's explanation that does not depend on the document: less than it says, and nothing that it would not say. */
function detailsOf(validator: Doc): Doc {
  const [first] = validator;
  if (!first || validator.size > 1) return doc({ operatorName: '$and' });
  const [name, operand] = first;
  if (name === '$expr') return doc({ operatorName: name, specifiedAs: validator, reason: 'expression did not match' });
  if (name.startsWith('$')) return doc({ operatorName: name });
  const operators = isDoc(operand) ? [...operand.keys()].filter((key) => key.startsWith('$')) : [];
  if (operators.length > 1) return doc({ operatorName: '$and' });
  return doc({ operatorName: operators[0] ?? '$eq', specifiedAs: validator });
}
