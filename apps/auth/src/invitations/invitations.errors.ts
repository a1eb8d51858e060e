import { DomainError } from '@parley/platform';

const invalid = (code: string, detail: string) => new DomainError('invalid', code, detail);
const conflict = (code: string, detail: string) => new DomainError('conflict', code, detail);
const gone = (code: string, detail: string) => new DomainError('gone', code, detail);

export const InvitationErrors = {
  /** Never issued, of another organisation, or not even the form of a token: nobody learns which. */
  notFound: () => new DomainError('notFound', 'invitation_not_found', 'Invitation not found'),
  expired: () => gone('invitation_expired', 'Invitation expired'),
  used: () => gone('invitation_used', 'Invitation already used'),
  revoked: () => gone('invitation_revoked', 'Invitation revoked, or a newer mail took the place of this one.'),
  /** Whoever sent it may no longer give the role, or the role or the organisation is not what it was. */
  invalid: () => gone('invitation_invalid', 'Invalid invitation: ask for a new one.'),
  pendingOnlyResent: () => invalid('invitation_not_pending', 'Only pending invitations can be resent'),
  notPending: (status: string) =>
    invalid('invitation_not_pending', `Invitation is not pending (current status: ${status})`),
  expiryOutOfRange: () => invalid('expiry_time_invalid', 'expiry_time must be between 1 hour and 7 days from now.'),
  otherOrganization: () => invalid('org_mismatch', 'The invitation is for another organization.'),
  otherAddress: () => invalid('email_mismatch', 'Email mismatch'),
  notYours: () =>
    new DomainError('forbidden', 'email_mismatch', 'Email mismatch: the invitation is for another address.'),
  addressUnverified: () =>
    new DomainError('forbidden', 'email_unverified', 'Verify the address of your account first, then accept.'),
  alreadyMember: () => conflict('already_member', 'Already a member of the organization.'),
  accountExists: () => conflict('account_exists', 'There is an account with this address: sign in to accept.'),
  alreadySent: () => conflict('invitation_pending', 'Invitation already sent to this email address'),
  twiceInBatch: () => conflict('invitation_duplicate', 'This address is invited further up in the same request.'),
  addressUnusable: () => invalid('validation_failed', 'email is not an e-mail address'),
  batchTooLarge: (most: number) =>
    new DomainError('tooLarge', 'too_many_invitations', `Send at most ${most} invitations at once.`),
  limitReached: (msLeft: number) =>
    new DomainError('rateLimited', 'invitation_limit_reached', 'Enough invitations for now.', {
      retryAfterSeconds: Math.max(1, Math.ceil(msLeft / 1_000)),
    }),
};
