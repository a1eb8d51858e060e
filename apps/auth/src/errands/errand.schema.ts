import { Schema } from 'mongoose';
import type { ErrandKind } from './errand-kinds.js';

/** Something that another service must be told. It is written with the change that it tells of, and is there until that is done. */
export interface Errand {
  _id: string;
  kind: ErrandKind;
  /** The body of the request: ids and amounts, nothing personal. */
  body: Readonly<Record<string, string | number>>;
  attempts: number;
  next_attempt_at: Date;
  created_at: Date;
}

export const ERRANDS = 'Errand';

export const errandSchema = new Schema<Errand>(
  {
    _id: { type: String, required: true },
    kind: { type: String, required: true },
    body: { type: Schema.Types.Mixed, required: true },
    attempts: { type: Number, required: true },
    next_attempt_at: { type: Date, required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'errands', versionKey: false },
)
  .index({ next_attempt_at: 1 })
  .index({ created_at: 1 });
