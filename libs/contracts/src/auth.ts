import { z } from 'zod';

/** What one service asks of another; each needs a service token with that scope. */
export const serviceScopes = {
  holdsWrite: 'holds:write',
  usersRead: 'users:read',
  authzRead: 'authz:read',
  securityEventsRead: 'security-events:read',
  tokensIntrospect: 'tokens:introspect',
  usersErase: 'users:erase',
  usersMerge: 'users:merge',
  allowancesGrant: 'allowances:grant',
} as const;

/** POST /oauth/token (RFC 6749, 4.4): a service token for exactly one audience. */
export const tokenRequest = z
  .strictObject({
    grant_type: z.literal('client_credentials'),
    client_id: z.enum(['chat', 'accounting']),
    client_secret: z.string().min(1).max(256),
    audience: z.enum(['auth', 'accounting', 'chat']),
  })
  .meta({
    id: 'TokenRequest',
    examples: [
      {
        grant_type: 'client_credentials',
        client_id: 'chat',
        client_secret: 'the value of SERVICE_SECRET_CHAT',
        audience: 'accounting',
      },
    ],
  });
export type TokenRequest = z.infer<typeof tokenRequest>;

export const tokenResponse = z
  .object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int(), scope: z.string() })
  .meta({ id: 'TokenResponse' });
export type TokenResponse = z.infer<typeof tokenResponse>;

/** What somebody is to an organisation. */
export const membershipStates = ['active', 'invited', 'suspended', 'removed'] as const;
export type MembershipStatus = (typeof membershipStates)[number];

/** GET /internal/authz/grants?user_id=&org_id=: what a user may do right now in one organisation (or outside any). */
export const grants = z
  .object({
    user_id: z.string(),
    org_id: z.string().nullable(),
    /** Of the account, whatever the organisation. */
    status: z.enum(['active', 'suspended', 'deactivated']),
    /** The name of the role: in the organisation, or on the installation. */
    role: z.string(),
    /** The role in the organisation; null outside of any. */
    role_id: z.string().nullable().default(null),
    /** Its place in the hierarchy, 1 to 100; 0 outside of organisations. */
    level: z.int().default(0),
    /** Null outside of organisations. Unless it is `active` there are no permissions. */
    membership: z.enum(membershipStates).nullable().default(null),
    /** The organisation's own state; null outside of any. Unless it is `active` there are no permissions. */
    organization: z.enum(['active', 'suspended']).nullable().default(null),
    permissions: z.array(z.string()),
    /** Which models the role may use: ids with `*` for any run of characters; null for all. */
    models: z.array(z.string()).nullable().default(null),
    /** Of a visitor who has signed in: the user whom they are now. */
    successor_id: z.string().optional(),
  })
  .meta({ id: 'Grants' });
export type Grants = z.infer<typeof grants>;

/** GET /internal/users/{id}: that a user exists. */
export const internalUser = z.object({ id: z.string(), status: grants.shape.status }).meta({ id: 'InternalUser' });
export type InternalUser = z.infer<typeof internalUser>;

/** GET /internal/organizations/{id}: that an organisation exists; a deleted one does not. */
export const internalOrganization = z
  .object({
    id: z.string(),
    kind: z.enum(['personal', 'team']),
    status: z.enum(['active', 'suspended']),
  })
  .meta({ id: 'InternalOrganization' });
export type InternalOrganization = z.infer<typeof internalOrganization>;

/** GET /internal/organizations/{id}/members?limit=&cursor=: the active members, in the order of their user ids. */
export const internalMembers = z
  .object({
    data: z.array(z.object({ user_id: z.string(), role_id: z.string() })),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'InternalMembers' });
export type InternalMembers = z.infer<typeof internalMembers>;

/** POST /internal/introspect: whether a user's access token is good right now (after RFC 7662). */
export const introspectionRequest = z
  .strictObject({ token: z.string().min(1).max(4_096) })
  .meta({ id: 'IntrospectionRequest', examples: [{ token: "a user's access token" }] });
export type IntrospectionRequest = z.infer<typeof introspectionRequest>;

export const introspectionAnswer = z
  .object({
    active: z.boolean(),
    /** Why it is not: the code that the user is refused with. */
    code: z.string().optional(),
  })
  .meta({ id: 'IntrospectionAnswer' });
export type IntrospectionAnswer = z.infer<typeof introspectionAnswer>;
