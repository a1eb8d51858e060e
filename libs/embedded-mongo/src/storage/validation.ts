import { doc, isDoc, type Doc } from '../bson/value.js';
import { MongoError } from '../errors/mongo-error.js';
import { emptyScope } from '../expressions/scope.js';
import { compileFilter } from '../query/matcher.js';
import { explain } from './validation-errors.js';

/** The check that a collection's validator stands for, or nothing when it has none. */
export function compileValidator(options: Doc, now: () => number): ((document: Doc) => void) | undefined {
  const validator = options.get('validator');
  if (!isDoc(validator) || validator.size === 0) return undefined;
  if (options.get('validationLevel') === 'off' || options.get('validationAction') === 'warn') return undefined;
  // Compiled once now, so that a validator that makes no sense is refused with the command that brings it.
  compileFilter(validator, emptyScope(new Date(now())));
  return (document) => {
    const scope = emptyScope(new Date(now()));
    if (compileFilter(validator, scope)(document)) return;
    const errInfo = doc({
      failingDocumentId: document.get('_id') ?? null,
      details: explain(validator, document, scope),
    });
    throw new MongoError('DocumentValidationFailure', 'Document failed validation', { details: { errInfo } });
  };
}
