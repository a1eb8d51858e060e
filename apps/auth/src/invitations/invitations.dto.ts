import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { mailbox } from '../users/names.js';
import { type Invitation, invitationStates } from './invitation.schema.js';

export const invitationId = z.string().regex(/^[a-z0-9_-]{1,100}$/, 'is not the form of an invitation id');
const roleId = z.string().regex(/^[a-z0-9_]{1,100}$/, 'is not the form of a role id');
const message = z.string().trim().max(500);
const expiryTime = z.iso
  .datetime({ offset: true })
  .meta({ description: 'Until when it can be accepted: 1 hour to 7 days from now; unset: 48 hours' });

export const shownStates = [...invitationStates, 'expired'] as const;
const exampleOrganization = 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718';
const exampleRole = 'role_1f0c9d2e7b6a4853a1d2c3b4e5f60718';

/** An invitation, as shown to those who may invite. The token is in the mail alone. */
export const invitationDto = z
  .object({
    id: z.string(),
    org_id: z.string(),
    email: z.string(),
    role_id: z.string(),
    status: z.enum(shownStates),
    invited_by: z.string(),
    message: z.string(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });
export type InvitationDto = z.infer<typeof invitationDto>;

export const invitationList = z
  .object({ data: z.array(invitationDto), next_cursor: z.string().nullable() })
  .meta({ id: 'InvitationList' });
export type InvitationList = z.infer<typeof invitationList>;

export const invitationsQuery = z.strictObject({
  org_id: organizationId.optional(),
  status: z.enum(shownStates).optional(),
  ...pageQuery,
});
export type InvitationsQuery = z.infer<typeof invitationsQuery>;

export const newInvitation = z
  .strictObject({
    email: mailbox,
    org_id: organizationId.optional(),
    role_id: roleId,
    message: message.optional(),
    expiry_time: expiryTime.optional(),
  })
  .meta({
    id: 'NewInvitation',
    examples: [{ email: 'ida@example.com', org_id: exampleOrganization, role_id: exampleRole }],
  });
export type NewInvitation = z.output<typeof newInvitation>;

/** Rows are looked at one by one, so that a faulty address refuses its own row alone. */
export const invitationBatch = z
  .strictObject({
    org_id: organizationId.optional(),
    invitations: z.array(z.strictObject({ email: z.string().max(254), role_id: roleId })).min(1),
    message: message.optional(),
    expiry_time: expiryTime.optional(),
  })
  .meta({
    id: 'InvitationBatch',
    examples: [{ invitations: [{ email: 'ida@example.com', role_id: exampleRole }] }],
  });
export type InvitationBatch = z.output<typeof invitationBatch>;

export const batchResult = z
  .object({
    created: z.int(),
    failed: z.int(),
    /** In the order of the rows. */
    results: z.array(
      z.object({
        email: z.string(),
        invitation: invitationDto.nullable(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'InvitationBatchResult' });
export type BatchResult = z.infer<typeof batchResult>;

export const resending = z
  .strictObject({ org_id: organizationId.optional(), expiry_time: expiryTime.optional() })
  .meta({ id: 'InvitationResending', examples: [{}] });
export type Resending = z.output<typeof resending>;

export function toInvitationDto(invitation: Invitation, now: Date): InvitationDto {
  const { _id, created_at, updated_at, expires_at, state } = invitation;
  return {
    id: _id,
    org_id: invitation.org_id,
    email: invitation.email,
    role_id: invitation.role_id,
    status: state === 'pending' && expires_at <= now ? 'expired' : state,
    invited_by: invitation.invited_by,
    message: invitation.message,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
    expires_at: expires_at.toISOString(),
  };
}
