import { z } from 'zod';
import { amountUcr } from './amounts.js';

/** The role of whoever has not signed in: what it allows is a rule of auth, that it is no account is one for all services. */
export const visitorRole = 'anonymous';

const id = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'is not the form of a user id');
const exampleUser = 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718';
const exampleVisitor = 'vis_5b7d2a90c4e1f3860a9b8c7d6e5f4031';

/** POST /internal/erasures: a user or visitor is gone for good, and so is what belonged to them. May be repeated. */
export const eraseUser = z
  .strictObject({ user_id: id })
  .meta({ id: 'EraseUser', examples: [{ user_id: exampleUser }] });
export type EraseUser = z.infer<typeof eraseUser>;

export const erasure = z
  .object({
    user_id: z.string(),
    is_complete: z.boolean().meta({ description: 'Whether nothing is left; else the service goes on by itself' }),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasure>;

/**
 * POST /internal/organization-closures: an organisation is being deleted. Its pool goes out of use if it is empty, else 409
 * `organization_has_credits`; with `whatever_it_has` in any case, because its only member is gone. May be repeated.
 */
export const closeOrganization = z
  .strictObject({ org_id: id, whatever_it_has: z.literal(1).optional() })
  .meta({ id: 'CloseOrganization', examples: [{ org_id: 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718' }] });
export type CloseOrganization = z.infer<typeof closeOrganization>;

export const organizationClosure = z.object({ org_id: z.string() }).meta({ id: 'OrganizationClosure' });
export type OrganizationClosure = z.infer<typeof organizationClosure>;

/** POST /internal/merges: a visitor has signed in, and what was theirs is the user's. May be repeated. */
export const mergeVisitor = z
  .strictObject({ visitor_id: id, user_id: id })
  .meta({ id: 'MergeVisitor', examples: [{ visitor_id: exampleVisitor, user_id: exampleUser }] });
export type MergeVisitor = z.infer<typeof mergeVisitor>;

export const merge = z
  .object({
    visitor_id: z.string(),
    user_id: z.string().nullable().meta({ description: 'Whose they are, from the first such request; null: erased' }),
  })
  .meta({ id: 'Merge' });
export type Merge = z.infer<typeof merge>;

/** POST /internal/allowances: what a new visitor may spend. Posted once for each visitor, however often it is asked for. */
export const grantAllowance = z
  .strictObject({ visitor_id: id, amount_ucr: amountUcr.min(1) })
  .meta({ id: 'GrantAllowance', examples: [{ visitor_id: exampleVisitor, amount_ucr: 50_000 }] });
export type GrantAllowance = z.infer<typeof grantAllowance>;

/** POST /internal/starting-balances: there is a new user. What new users begin with is given once, however often it is asked for. */
export const giveStartingBalance = z
  .strictObject({ user_id: id })
  .meta({ id: 'GiveStartingBalance', examples: [{ user_id: exampleUser }] });
export type GiveStartingBalance = z.infer<typeof giveStartingBalance>;
