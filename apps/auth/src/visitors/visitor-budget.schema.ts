import { Schema } from 'mongoose';

/** What was given to visitors on one day. */
export interface VisitorBudget {
  /** `2026-01-15`, by UTC. */
  _id: string;
  given_ucr: number;
  created_at: Date;
}

export const VISITOR_BUDGETS = 'VisitorBudget';

const keptSeconds = 7 * 86_400;

export const visitorBudgetSchema = new Schema<VisitorBudget>(
  {
    _id: { type: String, required: true },
    given_ucr: { type: Number, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'visitor_budgets', versionKey: false },
).index({ created_at: 1 }, { expireAfterSeconds: keptSeconds });
