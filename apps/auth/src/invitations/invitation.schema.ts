import { Schema } from 'mongoose';

/** What has become of an invitation. One that is pending past its `expires_at` is shown as expired. */
export const invitationStates = ['pending', 'accepted', 'declined', 'revoked'] as const;
export type InvitationState = (typeof invitationStates)[number];

/** Somebody is asked to join an organisation, with a role, by a token that goes to their address and to nobody else. */
export interface Invitation {
  _id: string;
  org_id: string;
  /** In canonical form, as users have it. */
  email: string;
  /** Where the mail goes. */
  mail_address: string;
  role_id: string;
  /** Whose right to give the role counts, also at the acceptance: whoever sent the last mail. */
  invited_by: string;
  message: string;
  /** SHA-256 of the token of the last mail. */
  token_hash: string;
  /** Those of earlier mails, so that their links are told "revoked" and not "unknown". */
  past_hashes: string[];
  state: InvitationState;
  /** Who accepted or declined it, if they were signed in, or whom the acceptance made. */
  answered_by: string | null;
  created_at: Date;
  updated_at: Date;
  expires_at: Date;
}

export const INVITATIONS = 'Invitation';

/** Addresses of people who may never have joined are not kept for ever. */
const keptSeconds = 90 * 86_400;

export const invitationSchema = new Schema<Invitation>(
  {
    _id: { type: String, required: true },
    org_id: { type: String, required: true },
    email: { type: String, required: true },
    mail_address: { type: String, required: true },
    role_id: { type: String, required: true },
    invited_by: { type: String, required: true },
    message: { type: String, default: '' },
    token_hash: { type: String, required: true, unique: true },
    past_hashes: { type: [String], required: true },
    state: { type: String, enum: invitationStates, required: true },
    answered_by: { type: String, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
  },
  { collection: 'invitations', versionKey: false },
)
  .index({ org_id: 1, email: 1 }, { unique: true, partialFilterExpression: { state: 'pending' } })
  .index({ past_hashes: 1 })
  // The list, newest first; what was said to or by somebody who is erased; what is too old.
  .index({ org_id: 1, created_at: -1, _id: -1 })
  .index({ email: 1 })
  .index({ invited_by: 1 })
  .index({ expires_at: 1 }, { expireAfterSeconds: keptSeconds });
