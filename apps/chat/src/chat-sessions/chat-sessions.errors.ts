import { DomainError } from '@parley/platform';

export const ChatSessionErrors = {
  notFound: () => new DomainError('notFound', 'session_not_found', 'There is no such chat session.'),
  cursorInvalid: () => new DomainError('invalid', 'cursor_invalid', 'The cursor is not one of this list.'),
};
