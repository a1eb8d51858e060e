import { DomainError } from '@parley/platform';

export const ProviderErrors = {
  notFound: () => new DomainError('notFound', 'provider_not_found', 'There is no such identity provider.'),
  unavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'provider_unavailable', 'The identity provider cannot be reached right now.', {
      retryAfterSeconds: 10,
      cause,
    }),
  returnPath: () => new DomainError('invalid', 'return_path_unknown', 'A sign-in cannot lead to that path.'),
  /** Never begun, begun in another browser or for another provider, used already, or too old. */
  stateInvalid: () => new DomainError('invalid', 'state_invalid', 'This sign-in was not begun here. Begin again.'),
  denied: () => new DomainError('forbidden', 'provider_denied', 'The identity provider did not sign you in.'),
  answerInvalid: (cause?: unknown) =>
    new DomainError('badGateway', 'provider_answer_invalid', 'What the identity provider said is not valid.', {
      cause,
    }),
  emailUnverified: () =>
    new DomainError('forbidden', 'provider_email_unverified', 'The identity provider has not verified the address.'),
  /** Whoever has the address at a provider need not be who has the account here. */
  accountExists: () =>
    new DomainError(
      'conflict',
      'account_exists',
      'There is an account with this address: sign in and link the provider.',
    ),
  signupClosed: () => new DomainError('forbidden', 'signup_closed', 'New accounts are made by invitation.'),
  linkInvalid: () => new DomainError('gone', 'link_token_invalid', 'This link has ended. Begin again.'),
  linked: () =>
    new DomainError('conflict', 'identity_linked', 'This identity, or another one of this provider, is linked.'),
  identityNotFound: () => new DomainError('notFound', 'identity_not_found', 'There is no such linked identity.'),
};
