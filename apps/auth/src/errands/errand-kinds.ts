import { serviceScopes } from '@parley/contracts';

const { allowancesGrant, usersErase, usersMerge } = serviceScopes;

/** What auth tells other services, and the one scope that its token has for that. Each receiver tolerates repeats. */
export const errandKinds = {
  chat_erasure: { audience: 'chat', path: '/internal/erasures', scope: usersErase },
  accounting_erasure: { audience: 'accounting', path: '/internal/erasures', scope: usersErase },
  chat_merge: { audience: 'chat', path: '/internal/merges', scope: usersMerge },
  pool_closure: { audience: 'accounting', path: '/internal/organization-closures', scope: usersErase },
  starting_balance: { audience: 'accounting', path: '/internal/starting-balances', scope: allowancesGrant },
  allowance: { audience: 'accounting', path: '/internal/allowances', scope: allowancesGrant },
} as const;
export type ErrandKind = keyof typeof errandKinds;

/** Where the other services are: base URLs without a trailing slash. */
export type ErrandTargets = Record<'chat' | 'accounting', string>;
export const ERRAND_TARGETS = Symbol('ErrandTargets');
