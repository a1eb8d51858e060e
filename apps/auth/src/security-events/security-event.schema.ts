import type { SecurityChange } from '@parley/contracts';
import { Schema } from 'mongoose';

/** One change of rights, as it is told to the other services. It is kept only as long as tokens from before it may live. */
export interface StoredSecurityEvent {
  _id: string;
  change: SecurityChange;
  at: Date;
}

export const SECURITY_EVENTS = 'SecurityEvent';

export const securityEventSchema = new Schema<StoredSecurityEvent>(
  {
    _id: { type: String, required: true },
    change: { type: Schema.Types.Mixed, required: true },
    at: { type: Date, required: true },
  },
  { collection: 'security_events', versionKey: false },
).index({ at: 1 });
