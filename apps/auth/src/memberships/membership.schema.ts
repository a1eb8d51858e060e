import { membershipStates, type MembershipStatus } from '@parley/contracts';
import { Schema } from 'mongoose';

/** What one user is to one organisation: one role, and whether it counts. */
export interface Membership {
  _id: string;
  org_id: string;
  user_id: string;
  role_id: string;
  /** Only an `active` one gives rights. A removed one stays, so that its version goes on when they come back. */
  status: MembershipStatus;
  /** Goes up with every change. */
  mv: number;
  /** Who brought them in; null for who founded the organisation. */
  added_by: string | null;
  created_at: Date;
  updated_at: Date;
}

export const MEMBERSHIPS = 'Membership';

export const membershipSchema = new Schema<Membership>(
  {
    _id: { type: String, required: true },
    org_id: { type: String, required: true },
    user_id: { type: String, required: true },
    role_id: { type: String, required: true },
    status: { type: String, enum: membershipStates, required: true },
    mv: { type: Number, required: true },
    added_by: { type: String, default: null },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
  },
  { collection: 'memberships', versionKey: false },
)
  .index({ org_id: 1, user_id: 1 }, { unique: true })
  // Somebody's organisations; who has a role; the active members in order.
  .index({ user_id: 1, org_id: 1 })
  .index({ role_id: 1, status: 1 })
  .index({ org_id: 1, status: 1, user_id: 1 });
