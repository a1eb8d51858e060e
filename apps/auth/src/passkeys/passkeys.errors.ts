import { DomainError } from '@parley/platform';

const challenge = 'Bearer realm="parley"';

export const PasskeyErrors = {
  /** One answer whatever is wrong: challenge, origin, credential, signature, counter. */
  refused: (cause?: unknown) =>
    new DomainError('unauthenticated', 'passkey_refused', 'The passkey was not accepted.', { challenge, cause }),
  registrationRefused: (cause?: unknown) =>
    new DomainError('invalid', 'passkey_refused', 'The passkey was not accepted.', { cause }),
  known: () => new DomainError('conflict', 'passkey_known', 'This passkey is registered already.'),
  tooMany: () => new DomainError('conflict', 'too_many_passkeys', 'An account has at most 20 passkeys.'),
  notFound: () => new DomainError('notFound', 'passkey_not_found', 'There is no such passkey.'),
};
