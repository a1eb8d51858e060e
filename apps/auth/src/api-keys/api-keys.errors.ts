import { DomainError } from '@parley/platform';

export const ApiKeyErrors = {
  /** Somebody else's, a revoked one, and one that never was look the same. */
  notFound: () => new DomainError('notFound', 'api_key_not_found', 'There is no such API key.'),
  scopesExceedRights: (scopes: readonly string[]) =>
    new DomainError('forbidden', 'scopes_exceed_rights', 'A key may not do what you may not do yourself.', {
      facts: { scopes },
    }),
  expiryPast: () => new DomainError('invalid', 'expires_at_past', 'The key would have expired already.'),
  tooMany: (limit: number) =>
    new DomainError('conflict', 'too_many_api_keys', `There can be ${limit} keys at most. Revoke one first.`, {
      facts: { limit },
    }),
  changedMeanwhile: () =>
    new DomainError('conflict', 'api_key_changed', 'The key was rotated or revoked by somebody else just now.'),
};
