import { serviceScopes, type TokenRequest } from '@parley/contracts';

const { authzRead, holdsWrite, usersRead } = serviceScopes;

type Client = TokenRequest['client_id'];
type Audience = TokenRequest['audience'];

/** The scopes that each service gets for each audience; a pair that is not listed gets no token. */
export const serviceScopesOf: Readonly<Record<Client, Readonly<Partial<Record<Audience, readonly string[]>>>>> = {
  chat: { accounting: [holdsWrite], auth: [authzRead, usersRead] },
  accounting: { auth: [authzRead, usersRead] },
};
