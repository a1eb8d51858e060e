import { Schema } from 'mongoose';

/** What a token may be used for; it is worth nothing for anything else. */
export const tokenPurposes = [
  'verify_email',
  'reset_password',
  'change_email',
  'undo_email_change',
  'restore_account',
  'unlock',
] as const;
export type TokenPurpose = (typeof tokenPurposes)[number];

/** A token that was given to one person, by mail or by hand, and works once. */
export interface OneTimeToken {
  /** SHA-256 of the token: what is stored opens nothing. */
  _id: string;
  purpose: TokenPurpose;
  user_id: string;
  /** What else it stands for, such as the address that it is to verify. */
  facts: Readonly<Record<string, string>>;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

export const ONE_TIME_TOKENS = 'OneTimeToken';

/** Kept for a while after their end, so that a late click is told "expired" or "used" and not "unknown". */
const keptSeconds = 7 * 86_400;

export const oneTimeTokenSchema = new Schema<OneTimeToken>(
  {
    _id: { type: String, required: true },
    purpose: { type: String, enum: tokenPurposes, required: true },
    user_id: { type: String, required: true },
    facts: { type: Schema.Types.Mixed, required: true },
    created_at: { type: Date, required: true },
    expires_at: { type: Date, required: true },
    used_at: { type: Date, default: null },
  },
  { collection: 'one_time_tokens', versionKey: false, minimize: false },
)
  .index({ user_id: 1, purpose: 1 })
  .index({ expires_at: 1 }, { expireAfterSeconds: keptSeconds });
