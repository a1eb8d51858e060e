import { Schema } from 'mongoose';

/** A credential of WebAuthn: a key pair whose private half never leaves its authenticator. */
export interface Passkey {
  _id: string;
  user_id: string;
  /** As the authenticator names it, in base64url. */
  credential_id: string;
  /** COSE key in base64url. */
  public_key: string;
  /** How often it was used, as the authenticator says; 0 for ever where it does not count. */
  counter: number;
  transports: string[];
  /** Whether it may be on several devices, as those that a password manager keeps. */
  is_synced: boolean;
  /** What its owner calls it. */
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

export const PASSKEYS = 'Passkey';

export const passkeySchema = new Schema<Passkey>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    credential_id: { type: String, required: true, unique: true },
    public_key: { type: String, required: true },
    counter: { type: Number, required: true },
    transports: { type: [String], required: true },
    is_synced: { type: Boolean, required: true },
    name: { type: String, required: true },
    created_at: { type: Date, required: true },
    last_used_at: { type: Date, default: null },
  },
  { collection: 'passkeys', versionKey: false },
).index({ user_id: 1, created_at: 1 });

/** What a challenge was given out for: an answer to it is good for nothing else. */
export type ChallengePurpose = 'registration' | 'sign_in' | 'second_factor' | 'reauthentication';

/** A challenge that has been given out and not been answered yet. */
export interface PasskeyChallenge {
  /** The SHA-256 of the challenge. */
  _id: string;
  purpose: ChallengePurpose;
  /** Who asked for it; null where that turns out from the answer. */
  user_id: string | null;
  expires_at: Date;
}

export const PASSKEY_CHALLENGES = 'PasskeyChallenge';

export const passkeyChallengeSchema = new Schema<PasskeyChallenge>(
  {
    _id: { type: String, required: true },
    purpose: { type: String, required: true },
    user_id: { type: String, default: null },
    expires_at: { type: Date, required: true },
  },
  { collection: 'passkey_challenges', versionKey: false },
).index({ expires_at: 1 });
