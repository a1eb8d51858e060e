import { Schema } from 'mongoose';

/** What somebody asked for by an address that they may or may not have; `unlock` is asked for by wrong passwords. */
export const requestKinds = ['signup', 'verification', 'reset', 'unlock'] as const;
export type RequestKind = (typeof requestKinds)[number];

/**
 * A request that was answered with 202 and is dealt with afterwards. Storing it is the same work whether or not there is an account, so
 * no answer tells, and none waits for a mail.
 */
export interface AccountRequest {
  _id: string;
  kind: RequestKind;
  /** For `unlock` it may be a username that nobody has. */
  email: string;
  /** For a signup: the account as it is to be. */
  signup?: { mail_address: string; first_name: string; last_name: string; password_hash: string };
  language: string;
  ip_address: string;
  attempts: number;
  next_attempt_at: Date;
}

export const ACCOUNT_REQUESTS = 'AccountRequest';

export const accountRequestSchema = new Schema<AccountRequest>(
  {
    _id: { type: String, required: true },
    kind: { type: String, enum: requestKinds, required: true },
    email: { type: String, required: true },
    signup: {
      type: { mail_address: String, first_name: String, last_name: String, password_hash: String },
      _id: false,
    },
    language: { type: String, required: true },
    ip_address: { type: String, required: true },
    attempts: { type: Number, required: true },
    next_attempt_at: { type: Date, required: true },
  },
  { collection: 'account_requests', versionKey: false },
).index({ next_attempt_at: 1 });
