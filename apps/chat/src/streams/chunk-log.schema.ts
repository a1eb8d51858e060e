import { Schema } from 'mongoose';

/** Some consecutive chunks of a stream, written once. Rows past the stream's `last_seq` are not part of it. */
export interface LoggedChunks {
  stream_id: string;
  epoch: number;
  seq_from: number;
  seq_to: number;
  texts: string[];
  created_at: Date;
}

export const CHUNK_LOG = 'ChunkLog';

/** Streams end within ten minutes; an hour leaves every reader time to come back. The message keeps the whole text. */
const retentionSeconds = 3_600;

export const chunkLogSchema = new Schema<LoggedChunks>(
  {
    stream_id: { type: String, required: true },
    epoch: { type: Number, required: true },
    seq_from: { type: Number, required: true },
    seq_to: { type: Number, required: true },
    texts: { type: [String], required: true },
    created_at: { type: Date, required: true },
  },
  { collection: 'stream_chunks', versionKey: false },
)
  .index({ stream_id: 1, seq_from: 1 }, { unique: true })
  .index({ created_at: 1 }, { expireAfterSeconds: retentionSeconds });
