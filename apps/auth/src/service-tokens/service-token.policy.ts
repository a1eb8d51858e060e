import { serviceScopes, type TokenRequest } from '@parley/contracts';

const { authzRead, holdsWrite, usersRead } = serviceScopes;

type Client = TokenRequest['client_id'];
type Audience = TokenRequest['audience'];

/** Which service may ask which for what; a pair that is not here gets no token. */
export const serviceScopesOf: Readonly<Record<Client, Readonly<Partial<Record<Audience, readonly string[]>>>>> = {
  chat: { accounting: [holdsWrite], auth: [authzRead, usersRead] },
  accounting: { auth: [authzRead, usersRead] },
};
