import { type mongo, Schema } from 'mongoose';

/**
 * Consecutive chunks of a stream, written once, or the seal behind the last of them. A row is its own commit record: what is
 * there, up to the seal, is part of the stream.
 */
export interface LogRow {
  /** @see rowKey */
  _id: mongo.Binary;
  /** Whose row it is: an epoch of a stream belongs to one process. */
  epoch: number;
  /** The chunks; none in a seal. */
  texts: string[];
  /** Whoever takes a stream over puts this at the next free seq, so that its old process can add nothing. */
  sealed?: true;
}

export const LOG_ROWS = 'LogRow';

export const logRowSchema = new Schema<LogRow>(
  {
    _id: { type: Buffer, required: true },
    epoch: { type: Number, required: true },
    texts: { type: [String], required: true },
    sealed: Boolean,
  },
  { collection: 'stream_rows', versionKey: false },
);
