import { Schema } from 'mongoose';

/** All that auth keeps of an erased user: that there was one. The ledger and the audit trail go on naming the id. */
export interface ErasedUser {
  _id: string;
  erased_at: Date;
}

export const ERASED_USERS = 'ErasedUser';

export const erasedUserSchema = new Schema<ErasedUser>(
  { _id: { type: String, required: true }, erased_at: { type: Date, required: true } },
  { collection: 'erased_users', versionKey: false },
);
