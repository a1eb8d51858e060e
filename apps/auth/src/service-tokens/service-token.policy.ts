import { serviceScopes, type TokenRequest } from '@parley/contracts';

const { apiKeysVerify, authzRead, holdsWrite, securityEventsRead, tokensIntrospect, usersRead } = serviceScopes;

/** What every other service has to know: who may do what, and which tokens are void. */
const ofAuth = [authzRead, usersRead, securityEventsRead, tokensIntrospect, apiKeysVerify];

type Client = TokenRequest['client_id'];
type Audience = TokenRequest['audience'];

/** The scopes that each service gets for each audience; a pair that is not listed gets no token. */
export const serviceScopesOf: Readonly<Record<Client, Readonly<Partial<Record<Audience, readonly string[]>>>>> = {
  chat: { accounting: [holdsWrite], auth: ofAuth },
  accounting: { auth: ofAuth },
};
