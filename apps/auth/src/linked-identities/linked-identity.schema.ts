import { Schema } from 'mongoose';

/** An account at an identity provider by which a user signs in. Issuer and subject name it for ever; addresses do not. */
export interface LinkedIdentity {
  _id: string;
  user_id: string;
  provider: string;
  issuer: string;
  subject: string;
  /** What the provider said when it was linked: for people to recognise it. */
  email: string | null;
  created_at: Date;
}

export const LINKED_IDENTITIES = 'LinkedIdentity';

export const linkedIdentitySchema = new Schema<LinkedIdentity>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    provider: { type: String, required: true },
    issuer: { type: String, required: true },
    subject: { type: String, required: true },
    email: { type: String, default: null },
    created_at: { type: Date, required: true },
  },
  { collection: 'linked_identities', versionKey: false },
)
  .index({ issuer: 1, subject: 1 }, { unique: true })
  .index({ user_id: 1, provider: 1 }, { unique: true });
