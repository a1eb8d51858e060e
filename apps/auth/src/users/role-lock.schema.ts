import { Schema } from 'mongoose';

/** Whoever takes an administrator away writes here in the same transaction, so that two cannot do so at once. */
export interface RoleLock {
  _id: string;
  taken: number;
}

export const ROLE_LOCKS = 'RoleLock';

export const roleLockSchema = new Schema<RoleLock>(
  { _id: { type: String, required: true }, taken: { type: Number, required: true } },
  { collection: 'role_locks', versionKey: false },
);
