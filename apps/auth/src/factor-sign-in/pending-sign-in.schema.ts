import { Schema } from 'mongoose';
import { type ClientKind, clientKinds } from '../login-sessions/login-session.schema.js';

/** A sign-in whose first factor was right and whose second is to come, or is to be set up. */
export interface PendingSignIn {
  /** The SHA-256 of the token that continues it. */
  _id: string;
  purpose: 'verification' | 'set_up';
  user_id: string;
  /** As it was when the first factor was checked: when all sessions are ended meanwhile, this sign-in ends in none. */
  session_epoch: number | null;
  amr: string[];
  org_id: string | null;
  client: ClientKind;
  /** A digest of what the device says about itself. */
  device: string;
  /** And of its device cookie, where it sent one: after a redirect from elsewhere browsers do not. */
  device_cookie: string | null;
  expires_at: Date;
}

export const PENDING_SIGN_INS = 'PendingSignIn';

export const pendingSignInSchema = new Schema<PendingSignIn>(
  {
    _id: { type: String, required: true },
    purpose: { type: String, enum: ['verification', 'set_up'], required: true },
    user_id: { type: String, required: true },
    session_epoch: { type: Number, default: null },
    amr: { type: [String], required: true },
    org_id: { type: String, default: null },
    client: { type: String, enum: clientKinds, required: true },
    device: { type: String, required: true },
    device_cookie: { type: String, default: null },
    expires_at: { type: Date, required: true },
  },
  { collection: 'pending_sign_ins', versionKey: false },
).index({ expires_at: 1 });
