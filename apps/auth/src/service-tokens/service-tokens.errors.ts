import { DomainError } from '@parley/platform';

export const ServiceTokenErrors = {
  invalidClient: () =>
    new DomainError('unauthenticated', 'invalid_client', 'The client id or secret is not right.', {
      challenge: 'Bearer realm="parley"',
    }),
  audienceDenied: (audience: string) =>
    new DomainError('forbidden', 'audience_denied', `This client gets no tokens for ${audience}.`, {
      facts: { audience },
    }),
};
