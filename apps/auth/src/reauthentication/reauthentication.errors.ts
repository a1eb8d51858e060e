import { AuthErrors } from '@parley/auth';
import { DomainError } from '@parley/platform';

export const ReauthenticationErrors = {
  /** No 401, which would tell the client that its token is void. */
  failed: () => new DomainError('forbidden', 'reauthentication_failed', 'That was not right.'),
  /** A password is what somebody who has stolen a session may have stolen too. */
  factorNeeded: (methods: readonly string[]) =>
    new DomainError('forbidden', 'factor_required', 'This account has a second factor: show that one.', {
      facts: { methods },
    }),
  sessionEnded: () => AuthErrors.tokenInvalid(),
};
