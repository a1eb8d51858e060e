import type { Usage } from '@parley/contracts';
import { Schema } from 'mongoose';
import type { Closing, StreamState } from './stream.js';

/** One generation of one answer: what its id proves, what it cost, and how the client reported it. */
export interface StreamRecord {
  /** The streaming session id, which is also the id of its hold. */
  _id: string;
  user_id: string;
  session_id: string;
  /** The message that the answer becomes. */
  message_id: string;
  model: string;
  idempotency_key?: string;
  body_hash: string;
  state: StreamState;
  /** Present while the stream is reserved or streaming: a session has at most one such stream. */
  active?: true;
  /** Whoever writes must name it; taking a stream over from a dead process raises it. */
  epoch: number;
  /** Until when the process that runs it is believed to live, by the database's clock. */
  lease_until: Date;
  /** How many chunks it has, once it is over; until then the log tells. */
  last_seq: number;
  input_tokens_estimate: number;
  /** The most that the model was asked for; since the stream is streaming. */
  max_tokens?: number;
  usage?: Usage;
  sha256?: string;
  finish_reason?: string;
  error?: { code: string; detail: string; retryable: boolean };
  /** The closing of its hold. */
  settlement: Closing;
  ack?: { at: Date; content_match: boolean };
  created_at: Date;
  ended_at?: Date;
}

export const STREAMS = 'Stream';

/** Long after the hold of a stream that did not begin has ended by itself. */
const rejectedRetentionSeconds = 24 * 3_600;

const plain = { _id: false };

const usageSchema = new Schema<Usage>(
  { input_tokens: Number, output_tokens: Number, cache_read_tokens: Number, source: String },
  plain,
);

export const streamSchema = new Schema<StreamRecord>(
  {
    _id: { type: String, required: true },
    user_id: { type: String, required: true },
    session_id: { type: String, required: true },
    message_id: { type: String, required: true },
    model: { type: String, required: true },
    idempotency_key: String,
    body_hash: { type: String, required: true },
    state: { type: String, required: true },
    active: Boolean,
    epoch: { type: Number, required: true },
    lease_until: { type: Date, required: true },
    last_seq: { type: Number, required: true },
    input_tokens_estimate: { type: Number, required: true },
    max_tokens: Number,
    usage: usageSchema,
    sha256: String,
    finish_reason: String,
    error: new Schema({ code: String, detail: String, retryable: Boolean }, plain),
    settlement: {
      type: new Schema(
        {
          state: String,
          action: String,
          attempts: Number,
          charged_ucr: Number,
          next_attempt_at: Date,
          compare_at: Date,
        },
        plain,
      ),
      required: true,
    },
    ack: new Schema({ at: Date, content_match: Boolean }, plain),
    created_at: { type: Date, required: true },
    ended_at: Date,
  },
  { collection: 'chat_streams', versionKey: false },
)
  .index(
    { user_id: 1, session_id: 1, idempotency_key: 1 },
    { unique: true, partialFilterExpression: { idempotency_key: { $exists: true } } },
  )
  .index({ user_id: 1 })
  .index({ session_id: 1 }, { unique: true, partialFilterExpression: { active: true } })
  .index(
    { ended_at: 1 },
    { expireAfterSeconds: rejectedRetentionSeconds, partialFilterExpression: { state: 'rejected' } },
  )
  .index({ lease_until: 1 }, { partialFilterExpression: { active: true } })
  .index({ 'settlement.next_attempt_at': 1 }, { partialFilterExpression: { 'settlement.state': 'due' } })
  .index({ 'settlement.compare_at': 1 }, { partialFilterExpression: { 'settlement.compare_at': { $exists: true } } });
