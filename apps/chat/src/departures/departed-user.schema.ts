import { Schema } from 'mongoose';

/** Somebody whom auth knows no more. The id stays, so that what was still on its way is found too. */
export interface DepartedUser {
  /** The id of a user or a visitor. */
  _id: string;
  /** Whose their things are now; null: nobody's, they were erased. */
  successor_id: string | null;
  departed_at: Date;
  /** How often their things were looked for. */
  sweeps: number;
  /** When to look again; null once nothing can come any more. */
  next_sweep_at: Date | null;
}

export const DEPARTED_USERS = 'DepartedUser';

export const departedUserSchema = new Schema<DepartedUser>(
  {
    _id: { type: String, required: true },
    successor_id: { type: String, default: null },
    departed_at: { type: Date, required: true },
    sweeps: { type: Number, required: true },
    next_sweep_at: { type: Date, default: null },
  },
  { collection: 'departed_users', versionKey: false },
).index({ next_sweep_at: 1 }, { partialFilterExpression: { next_sweep_at: { $type: 'date' } } });
