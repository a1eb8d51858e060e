import { Schema } from 'mongoose';

/** A conversation of one user. */
export interface ChatSession {
  _id: string;
  user_id: string;
  title: string | null;
  /** The model that answers when a request names none. */
  model: string | null;
  /** The seq of the newest message; each message takes the next number. */
  message_seq: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export const CHAT_SESSIONS = 'ChatSession';

export const chatSessionSchema = new Schema<ChatSession>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    title: { type: String, default: null },
    model: { type: String, default: null },
    message_seq: { type: Number, required: true },
    created_at: { type: Date, required: true },
    updated_at: { type: Date, required: true },
    deleted_at: { type: Date, default: null },
  },
  { collection: 'chat_sessions', versionKey: false },
).index({ user_id: 1, deleted_at: 1, _id: -1 });
