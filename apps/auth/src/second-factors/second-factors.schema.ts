import { Schema } from 'mongoose';

/** A shared secret of time-based codes (TOTP, RFC 6238). */
export interface TotpFactor {
  /** Sealed. */
  secret: string;
  /** The time step of the last code that was taken: no code of this step or an earlier one is taken again. */
  last_step: number;
  enabled_at: Date;
}

/** What a user has set up beside their password. There is none for a user who never has. */
export interface SecondFactorsRecord {
  /** The user's id, as is `user_id`: by that name everything that belongs to a user is found when they are erased. */
  _id: string;
  user_id: string;
  totp: TotpFactor | null;
  /** A secret that was shown but has not been confirmed by a code yet. */
  pending_totp: { secret: string; created_at: Date } | null;
  /** Digests of the codes that are left. */
  recovery_codes: string[];
}

export const SECOND_FACTORS = 'SecondFactors';

const totp = { secret: String, last_step: Number, enabled_at: Date };
const pendingTotp = { secret: String, created_at: Date };

export const secondFactorsSchema = new Schema<SecondFactorsRecord>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    totp: { type: new Schema(totp, { _id: false }), default: null },
    pending_totp: { type: new Schema(pendingTotp, { _id: false }), default: null },
    recovery_codes: { type: [String], required: true },
  },
  { collection: 'second_factors', versionKey: false },
);
