import { Schema } from 'mongoose';

/** A signed-in device. Every access token names one (`sid`). */
export interface LoginSession {
  _id: string;
  user_id: string;
  org_id: string | null;
  /** How many times it was renewed. An access token carries the count at its issue (`rc`). */
  refresh_counter: number;
  /** What the client says about itself: shown to the user, never trusted. */
  user_agent: string | null;
  created_at: Date;
}

export const LOGIN_SESSIONS = 'LoginSession';

export const loginSessionSchema = new Schema<LoginSession>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    org_id: { type: String, default: null },
    refresh_counter: { type: Number, required: true },
    user_agent: { type: String, default: null },
    created_at: { type: Date, required: true },
  },
  { collection: 'login_sessions', versionKey: false },
).index({ user_id: 1, created_at: -1 });
