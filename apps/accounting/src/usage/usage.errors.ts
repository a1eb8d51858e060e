import { DomainError } from '@parley/platform';

export const UsageErrors = {
  tooLarge: () =>
    new DomainError(
      'unprocessable',
      'usage_too_large',
      'A sum is beyond 9007199254740991, the most that JSON carries exactly. Ask for a shorter period.',
    ),
};
