import { DomainError } from '@parley/platform';

export const AuditTrailErrors = {
  cursorInvalid: () =>
    new DomainError('invalid', 'cursor_invalid', 'The cursor is not one that this list has given out.'),
};
