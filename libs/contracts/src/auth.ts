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

/** GET /internal/authz/grants?user_id=&org_id=: what a user may do right now in one organisation (or outside any). */
export const grants = z
  .object({
    user_id: z.string(),
    org_id: z.string().nullable(),
    status: z.enum(['active', 'suspended', 'deactivated']),
    role: z.string(),
    permissions: z.array(z.string()),
    /** Of a visitor who has signed in: the user whom they are now. */
    successor_id: z.string().optional(),
  })
  .meta({ id: 'Grants' });
export type Grants = z.infer<typeof grants>;

/** GET /internal/users/{id}: that a user exists. */
export const internalUser = z.object({ id: z.string(), status: grants.shape.status }).meta({ id: 'InternalUser' });
export type InternalUser = z.infer<typeof internalUser>;

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
