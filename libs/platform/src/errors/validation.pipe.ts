import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from './domain-error.js';

/** The part of a zod issue that a caller is told. */
interface Issue {
  message: string;
  path?: ReadonlyArray<PropertyKey | { key: PropertyKey }>;
  code?: string;
  keys?: string[];
}

const maxIssues = 20;
const coded = /^([a-z][a-z0-9_]*): (.+)$/s;

/** A schema message that carries its own stable error code, e.g. `z.string({ error: withCode('stream_id_missing', '…') })`. */
export const withCode = (code: string, sentence: string): string => `${code}: ${sentence}`;

/**
 * Checks route parameters declared as `@Body({ schema })`, `@Query({ schema })`, `@Param('id', { schema })`.
 * Fails with 400 and, in this order, a code of the schema's own, `unknown_field`, or `validation_failed`; `errors` lists
 * every fault as `{path, message}`.
 */
export class ValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => toValidationError(issues) });
  }
}

export function toValidationError(issues: readonly Issue[]): DomainError {
  const own = issues.map(({ message }) => coded.exec(message)).find((match) => match !== null);
  const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
  const errors = issues.slice(0, maxIssues).map((issue) => ({ path: pathOf(issue), message: sentenceOf(issue) }));
  const facts = { errors };
  if (own) return new DomainError('invalid', own[1]!, own[2]!, { facts });
  if (unknown) return new DomainError('invalid', 'unknown_field', sentenceOf(unknown), { facts });
  const first = errors[0];
  const detail = first ? `${first.path ? `${first.path}: ` : ''}${first.message}` : 'The request is not valid.';
  return new DomainError('invalid', 'validation_failed', detail, { facts });
}

const pathOf = ({ path = [] }: Issue): string =>
  path.map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');

const sentenceOf = ({ message }: Issue): string => (coded.exec(message)?.[2] ?? message).slice(0, 300);
