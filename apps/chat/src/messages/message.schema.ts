import type { TerminalStreamState, Usage } from '@parley/contracts';
import { Schema } from 'mongoose';

/** One line of a conversation. An assistant's line is written by the server alone, from the stream's log. */
export interface Message {
  _id: string;
  session_id: string;
  user_id: string;
  /** 1 for the first message of its session, without gaps. */
  seq: number;
  role: 'user' | 'assistant';
  content: string;
  streaming_session_id: string;
  /** For an assistant's line: how its stream ended, what it used, and which model spoke. */
  state: TerminalStreamState | null;
  usage: Usage | null;
  model: string | null;
  created_at: Date;
}

export const MESSAGES = 'Message';

const usage = new Schema<Usage>(
  { input_tokens: Number, output_tokens: Number, cache_read_tokens: Number, source: String },
  { _id: false },
);

export const messageSchema = new Schema<Message>(
  {
    _id: { type: String, required: true },
    session_id: { type: String, required: true },
    user_id: { type: String, required: true },
    seq: { type: Number, required: true },
    role: { type: String, required: true },
    content: { type: String, required: true },
    streaming_session_id: { type: String, required: true },
    state: { type: String, default: null },
    usage: { type: usage, default: null },
    model: { type: String, default: null },
    created_at: { type: Date, required: true },
  },
  { collection: 'messages', versionKey: false },
).index({ session_id: 1, seq: 1 }, { unique: true });
