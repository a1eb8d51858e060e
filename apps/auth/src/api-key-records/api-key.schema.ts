import { Schema } from 'mongoose';

/** A key with which a program calls chat and accounting. It belongs to a user, or to an organisation and then to nobody else. */
export interface ApiKey {
  _id: string;
  name: string;
  /** Whose own key it is; null for an organisation's. */
  user_id: string | null;
  /** Whose key it is; null for a user's own. */
  org_id: string | null;
  /** The role in the organisation that bounds it, which is that of whoever made it. */
  role_id: string | null;
  created_by: string;
  /** SHA-256 of the key. */
  hash: string;
  prefix: string;
  last4: string;
  /** SHA-256 of the key before the last rotation, which works until `previous_valid_until`. */
  previous_hash?: string;
  previous_valid_until?: Date;
  /** Patterns of permissions, as `libs/auth/src/may/permission.ts` reads them. */
  scopes: string[];
  expires_at: Date | null;
  /** What all calls together may cost, in micro-credits. */
  cap_ucr: number | null;
  /** To the minute. */
  last_used_at: Date | null;
  created_at: Date;
  rotated_at: Date | null;
  /** A revoked key stays, so that receipts and audit entries name something that was there. */
  revoked_at: Date | null;
}

export const API_KEYS = 'ApiKey';

export const apiKeySchema = new Schema<ApiKey>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    user_id: { type: String, default: null },
    org_id: { type: String, default: null },
    role_id: { type: String, default: null },
    created_by: { type: String, required: true },
    hash: { type: String, required: true, unique: true },
    prefix: { type: String, required: true },
    last4: { type: String, required: true },
    previous_hash: { type: String },
    previous_valid_until: { type: Date },
    scopes: { type: [String], required: true },
    expires_at: { type: Date, default: null },
    cap_ucr: { type: Number, default: null },
    last_used_at: { type: Date, default: null },
    created_at: { type: Date, required: true },
    rotated_at: { type: Date, default: null },
    revoked_at: { type: Date, default: null },
  },
  { collection: 'api_keys', versionKey: false },
)
  .index({ previous_hash: 1 }, { sparse: true })
  // The lists, newest first.
  .index({ user_id: 1, created_at: -1 })
  .index({ org_id: 1, created_at: -1 });
