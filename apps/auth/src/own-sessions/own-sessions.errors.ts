import { DomainError } from '@parley/platform';

export const OwnSessionErrors = {
  /** Somebody else's, one that is over, and one that never was look the same. */
  notFound: () => new DomainError('notFound', 'session_not_found', 'There is no such session.'),
  cursorInvalid: () => new DomainError('invalid', 'cursor_invalid', 'The cursor is not one of this list.'),
};
