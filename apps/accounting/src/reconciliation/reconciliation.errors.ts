import { DomainError } from '@parley/platform';

export const ReconciliationErrors = {
  inProgress: () => new DomainError('conflict', 'run_in_progress', 'The books are being checked already.'),
  notFound: () => new DomainError('notFound', 'run_not_found', 'There is no such run.'),
};
