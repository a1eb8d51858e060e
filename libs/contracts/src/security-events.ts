import { z } from 'zod';

const at = z.int().nonnegative().meta({ description: 'Milliseconds since the epoch' });

/**
 * What auth tells the other services about rights that ended or changed; types after OpenID CAEP where it has one. An event only
 * takes away or says "look again": missing one must be noticed, applying one twice must do no harm.
 */
export const securityChange = z.discriminatedUnion('type', [
  /** A login session ended: its access tokens are void. */
  z.object({ type: z.literal('session-revoked'), sid: z.string() }),
  /** Access tokens of the user that were issued before `valid_after` (their `iat_ms`) are void. */
  z.object({ type: z.literal('credential-change'), sub: z.string(), valid_after: at }),
  /** The account is suspended, deactivated or deleted: all its tokens and keys are void until `account-enabled`. */
  z.object({ type: z.literal('account-disabled'), sub: z.string() }),
  z.object({ type: z.literal('account-enabled'), sub: z.string() }),
  /** What the user may do has changed: the role outside of any organisation (`org_id` null) or the membership of one, now at version `mv`. */
  z.object({ type: z.literal('token-claims-change'), sub: z.string(), org_id: z.string().nullable(), mv: z.int() }),
  /** The permissions or the level of a role changed, now at version `rv`. */
  z.object({ type: z.literal('role-changed'), org_id: z.string(), rid: z.string(), rv: z.int() }),
  /** The organisation's rights changed as a whole: suspended, restored or deleted. */
  z.object({ type: z.literal('org-changed'), org_id: z.string() }),
  /** An API key was revoked or rotated. */
  z.object({ type: z.literal('api-key-revoked'), key_id: z.string() }),
  /** A signing key was compromised: everything that it signed is void. */
  z.object({ type: z.literal('key-revoked'), kid: z.string() }),
]);
export type SecurityChange = z.infer<typeof securityChange>;

/** A change with its place in the feed. `at` is when it was written; ids are unique and in no order. */
export const securityEvent = z.intersection(z.object({ id: z.string(), at }), securityChange);
export type SecurityEvent = z.infer<typeof securityEvent>;

/** GET /internal/security-events?after=: what has changed since a cursor. It is held open for up to two seconds while nothing has, so every answer is a heartbeat. */
export const securityEventsPage = z
  .object({
    /** Where to go on from. It means nothing to anybody but auth. */
    cursor: z.string(),
    events: z.array(securityEvent),
  })
  .meta({ id: 'SecurityEventsPage' });
export type SecurityEventsPage = z.infer<typeof securityEventsPage>;

/** GET /internal/security-state: everything that a service must know before it lets anybody in. */
export const securityState = securityEventsPage
  .extend({
    /** How long an event matters: no token lives longer. */
    keep_for_ms: z.int().positive(),
    /** All keys that were ever revoked, however long ago. */
    revoked_kids: z.array(z.string()),
  })
  .meta({ id: 'SecurityState' });
export type SecurityState = z.infer<typeof securityState>;
