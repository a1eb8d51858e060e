import type { AuthStandIn } from '@parley/testing';
import type { Bank } from './bank.js';

/** Somebody who asks, and the account that pays for it. */
export interface Customer {
  userId: string;
  token: string;
  /** `user:<id>`, or `org:<id>` when they ask on behalf of an organisation. */
  accountId: string;
  /** Whether their organisation sets a cap for them. */
  isCapped: boolean;
}

export const plentyUcr = 1_000_000_000_000;
export const littleUcr = 8_000;
/** Longer than any soak, so that nobody has to sign in again. */
const tokenLifeSeconds = 86_400;
const permissions = ['chat:*', 'models:read', 'credits:estimate'];

interface Kind {
  orgId: string | null;
  /** What the account is given: nothing where a colleague has brought the pool's credits already. */
  given: number;
  capUcr?: number;
}

/** All kinds of customers, in turn. */
const kinds: readonly Kind[] = [
  { orgId: null, given: plentyUcr },
  { orgId: null, given: littleUcr },
  { orgId: 'org_rich', given: plentyUcr },
  { orgId: 'org_rich', given: 0, capUcr: littleUcr },
  { orgId: 'org_rich', given: 0, capUcr: littleUcr / 2 },
  { orgId: 'org_poor', given: littleUcr },
  { orgId: 'org_poor', given: 0 },
];

/** Users with credits of their own or of an organisation's pool, half of them with too little for what they ask. */
export async function createCustomers(count: number, auth: AuthStandIn, bank: Bank): Promise<Customer[]> {
  const customers: Customer[] = [];
  for (let i = 0; i < count; i++) {
    const kind = kinds[i % kinds.length]!;
    const customer = toCustomer(`usr_soak${i}`, kind, auth);
    if (kind.given > 0) await bank.give(customer.accountId, kind.given);
    if (kind.capUcr !== undefined) await bank.setCap(customer, kind.capUcr);
    customers.push(customer);
  }
  return customers;
}

function toCustomer(userId: string, { orgId, capUcr }: Kind, auth: AuthStandIn): Customer {
  auth.user(userId, permissions);
  if (orgId !== null) auth.organizations.add(orgId);
  return {
    userId,
    token: auth.accessToken(userId, { org_id: orgId, exp: Math.floor(Date.now() / 1_000) + tokenLifeSeconds }),
    accountId: orgId === null ? `user:${userId}` : `org:${orgId}`,
    isCapped: capUcr !== undefined,
  };
}

export const administrator = (auth: AuthStandIn): string => {
  auth.user('usr_admin', ['credits:*', 'ledger:*', 'prices:*']);
  return auth.accessToken('usr_admin', { exp: Math.floor(Date.now() / 1_000) + tokenLifeSeconds });
};
