import { DomainError } from '@parley/platform';

export const StreamErrors = {
  notFound: () => new DomainError('notFound', 'stream_not_found', 'There is no such stream.'),
  storeUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'stream_store_unavailable', 'Streams cannot be stored right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
};
