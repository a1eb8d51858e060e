import type { ServicePrincipal, UserPrincipal } from '@parley/auth';

const facts = { keyId: 'stand-in-key-1', issuedAtMs: 0, expiresAt: Number.MAX_SAFE_INTEGER };

/** A signed-in user, as the guard leaves one on a request. */
export const buildUser = (change: Partial<UserPrincipal> = {}): UserPrincipal => {
  const { userId = 'usr_1' } = change;
  const signIn = { loginSessionId: `ses_${userId}`, authTime: 0, amr: ['pwd'], roleId: 'test', membershipVersion: 0 };
  return { kind: 'user', userId, orgId: null, ...signIn, ...facts, ...change };
};

/** A calling service. */
export const buildService = (change: Partial<ServicePrincipal> = {}): ServicePrincipal => ({
  kind: 'service',
  service: 'chat',
  scopes: [],
  ...facts,
  ...change,
});
