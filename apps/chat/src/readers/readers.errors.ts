import { DomainError } from '@parley/platform';

export const ReaderErrors = {
  cursorMismatch: () => new DomainError('invalid', 'cursor_mismatch', 'The Last-Event-ID belongs to another stream.'),
  cursorInvalid: () => new DomainError('invalid', 'cursor_invalid', '`after` is a whole number from 0.'),
  cursorAhead: (lastSeq: number) =>
    new DomainError('conflict', 'cursor_ahead', 'The cursor is past the end of the stream.', {
      facts: { last_seq: lastSeq },
    }),
  tooMany: () =>
    new DomainError('rateLimited', 'too_many_readers', 'You are reading too many streams at once.', {
      retryAfterSeconds: 5,
    }),
  logExpired: (messageId: string) =>
    new DomainError('gone', 'stream_log_expired', 'The chunks are gone; the message holds the whole text.', {
      facts: { message_id: messageId },
    }),
};
