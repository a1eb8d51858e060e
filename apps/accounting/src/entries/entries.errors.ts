import { DomainError } from '@parley/platform';

export const EntryErrors = {
  cursorInvalid: () =>
    new DomainError('invalid', 'cursor_invalid', 'The cursor is not one that this list has given out.'),
};
