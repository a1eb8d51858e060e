import { Schema } from 'mongoose';

/** Somebody who uses the product without an account. Nothing is known of them but that the same browser came back. */
export interface Visitor {
  /** `vis_…`, where a user has `usr_…`. */
  _id: string;
  /** The user whom they are since they signed in; null while they are a visitor. */
  successor_id: string | null;
  created_at: Date;
  last_seen_at: Date;
}

export const VISITORS = 'Visitor';

export const visitorSchema = new Schema<Visitor>(
  {
    _id: { type: String, required: true },
    successor_id: { type: String, default: null },
    created_at: { type: Date, required: true },
    last_seen_at: { type: Date, required: true },
  },
  { collection: 'visitors', versionKey: false },
).index({ last_seen_at: 1 });

export const isVisitorId = (id: string): boolean => id.startsWith('vis_');
