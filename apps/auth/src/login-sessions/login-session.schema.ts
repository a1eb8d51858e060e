import { Schema } from 'mongoose';

/** How the refresh token travels: in a cookie that no script can read, or in the body for programs that have no cookies. */
export const clientKinds = ['browser', 'native'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** Why a session is over. */
export const endReasons = [
  'signed_out',
  'signed_out_everywhere',
  'ended_by_user',
  'expired',
  'refresh_reused',
  'replaced',
  'password_changed',
  'email_changed',
  'factor_changed',
  'account_disabled',
  'ended_by_administrator',
  'factor_required',
] as const;
export type EndReason = (typeof endReasons)[number];

/** A signed-in device. Every access token names one (`sid`). */
export interface LoginSession {
  _id: string;
  user_id: string;
  org_id: string | null;
  client: ClientKind;
  /** How it was signed in (RFC 8176): `pwd`, `otp`, `hwk`, `fed`… */
  amr: string[];
  /** The key of its refresh tokens, sealed. */
  refresh_key: string;
  /** How many times it was renewed. An access token carries the count at its issue (`rc`). */
  refresh_counter: number;
  /** When the count went up last; at first when it was made. */
  refreshed_at: Date;
  /** How often the last renewal was answered again after its first seconds, because its answer was lost. */
  refresh_retries: number;
  /** The highest count that was seen in an access token: whoever has such a one has the answer. */
  seen_counter: number;
  /** The device cookie that it was given, as a digest. */
  device_id: string;
  /** What the client says about itself: shown to the user, never trusted. */
  user_agent: string | null;
  ip_address: string;
  /** The part of the address that does not change with every connection. */
  network: string;
  created_at: Date;
  /** To the minute: it is not written more often. */
  last_seen_at: Date;
  /** When the user last showed who they are, where that was after signing in. */
  authenticated_at?: Date;
  /** Null while it lives. */
  ended_at: Date | null;
  end_reason: EndReason | null;
}

/** So long can be said why a session ended, and whether an account has signed in somewhere before. */
export const keptAfterEndMs = 30 * 86_400_000;

export const LOGIN_SESSIONS = 'LoginSession';

export const loginSessionSchema = new Schema<LoginSession>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    org_id: { type: String, default: null },
    client: { type: String, enum: clientKinds, required: true },
    amr: { type: [String], required: true },
    refresh_key: { type: String, required: true },
    refresh_counter: { type: Number, required: true },
    refreshed_at: { type: Date, required: true },
    refresh_retries: { type: Number, required: true },
    seen_counter: { type: Number, required: true },
    device_id: { type: String, required: true },
    user_agent: { type: String, default: null },
    ip_address: { type: String, required: true },
    network: { type: String, required: true },
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, required: true },
    authenticated_at: { type: Date },
    ended_at: { type: Date, default: null },
    end_reason: { type: String, enum: [...endReasons, null], default: null },
  },
  { collection: 'login_sessions', versionKey: false },
)
  .index({ user_id: 1, created_at: -1, _id: -1 })
  // For the sweep: what is over, and what has not been renewed for long or is old.
  .index({ ended_at: 1, refreshed_at: 1 })
  .index({ ended_at: 1, created_at: 1 });
