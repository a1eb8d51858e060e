import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { newPassword } from '../signup/signup.dto.js';
import { languages, mailbox, personName } from '../users/names.js';

const token = z.string().min(1).max(200);
const exampleToken = 'the token behind the # of the link in the mail';

export const shownInvitationQuery = z.strictObject({ token });
export type ShownInvitationQuery = z.infer<typeof shownInvitationQuery>;

/** What whoever holds the token may see. */
export const shownInvitation = z
  .object({
    email: z.string(),
    organization: z.object({ name: z.string() }),
    /** Whether to sign in and accept, or to sign up. */
    has_account: z.boolean(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'ShownInvitation' });
export type ShownInvitation = z.infer<typeof shownInvitation>;

export const invitedSignup = z
  .strictObject({
    email: mailbox,
    password: newPassword,
    first_name: personName.min(1),
    last_name: personName.default(''),
    token,
    org_id: organizationId.optional(),
    language: z.enum(languages).optional(),
  })
  .meta({
    id: 'InvitedSignup',
    examples: [
      {
        email: 'ida@example.com',
        password: 'a walk along the harbour',
        first_name: 'Ida',
        last_name: 'Lund',
        token: exampleToken,
      },
    ],
  });
export type InvitedSignup = z.output<typeof invitedSignup>;

export const invitedUser = z
  .object({ id: z.string(), email: z.string(), first_name: z.string(), last_name: z.string(), org_id: z.string() })
  .meta({ id: 'InvitedUser' });
export type InvitedUser = z.infer<typeof invitedUser>;

export const invitationAnswer = z
  .strictObject({ token, org_id: organizationId.optional() })
  .meta({ id: 'InvitationAnswer', examples: [{ token: exampleToken }] });
export type InvitationAnswer = z.output<typeof invitationAnswer>;

export const joined = z.object({ org_id: z.string(), role_id: z.string() }).meta({ id: 'JoinedOrganization' });
export type Joined = z.infer<typeof joined>;
