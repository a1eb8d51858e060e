import { isoTime, nonNegativeUcr } from '@parley/contracts';
import { z } from 'zod';
import { toUcr } from '../ledger/amount.js';
import { available } from '../ledger/posting.js';
import { type AccountRecord, accountIdOf, orgAccountIdOf, stateOf } from '../ledger/account.schema.js';

export const userIdInput = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'is not the form of a user id');

export const orgIdInput = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'is not the form of an organisation id');

/** Whose account a request is about. A read names at most one of the two, a write exactly one. */
export const owner = { user_id: userIdInput.optional(), org_id: orgIdInput.optional() };
export interface Owner {
  user_id?: string | undefined;
  org_id?: string | undefined;
}
export const hasOneOwner = ({ user_id, org_id }: Owner): boolean => (user_id === undefined) !== (org_id === undefined);
export const hasAtMostOneOwner = (of: Owner): boolean => hasOneOwner(of) || of.user_id === undefined;
export const oneOwnerNeeded = 'names one of user_id and org_id';

export const accountOf = ({ user_id: userId, org_id: orgId }: Owner): string =>
  orgId === undefined ? accountIdOf(userId ?? '') : orgAccountIdOf(orgId);

export const balanceQuery = z
  .strictObject({
    user_id: userIdInput.optional().meta({ description: 'Whose balance; your own when left out' }),
    org_id: orgIdInput.optional().meta({ description: "An organisation's pool instead of a user's account" }),
  })
  .refine(hasAtMostOneOwner, oneOwnerNeeded);
export type BalanceQuery = z.infer<typeof balanceQuery>;

/** Part of every answer about the state of an account. */
export const standing = {
  balance_ucr: nonNegativeUcr,
  held_ucr: nonNegativeUcr,
  available_ucr: nonNegativeUcr,
};

export const balance = z.object({ account_id: z.string(), ...standing, as_of: isoTime }).meta({ id: 'Balance' });
export type Balance = z.infer<typeof balance>;

export const toStanding = (state: { balance: bigint; held: bigint }) => ({
  balance_ucr: toUcr(state.balance),
  held_ucr: toUcr(state.held),
  available_ucr: toUcr(available(state)),
});

/** An account that was never used has nothing. */
export const toBalanceDto = (accountId: string, account: AccountRecord | null, asOf: Date): Balance => ({
  account_id: accountId,
  ...toStanding(account ? stateOf(account) : { balance: 0n, held: 0n }),
  as_of: asOf.toISOString(),
});
