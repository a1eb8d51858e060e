import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { estimateTokens } from '../models/tokens/token-count.js';
import { closingAction, type LoggedText, type StreamEnd, usageOf } from './stream.js';
import { STREAMS, type StreamRecord } from './stream.schema.js';

/** How long a process may be silent before its streams are taken from it. */
export const leaseSeconds = 30;

/** The lease counts by the database's clock: nodes' clocks may differ, and this one decides for all. */
const leaseFromNow = { $dateAdd: { startDate: '$$NOW', unit: 'second', amount: leaseSeconds } };

/** The question and the stream that answers it, before anything is generated. */
export type NewStream = Pick<
  StreamRecord,
  '_id' | 'user_id' | 'session_id' | 'model' | 'body_hash' | 'input_tokens_estimate' | 'idempotency_key'
>;

/** The durable side of a stream. Every change names the stream, its epoch and the state it expects. */
@Injectable()
export class StreamStore {
  constructor(
    @InjectModel(STREAMS) private readonly streams: Model<StreamRecord>,
    private readonly clock: Clock,
  ) {}

  /** Acknowledged by the majority before it returns, so an id that a client holds is always found. */
  async reserve(stream: NewStream): Promise<StreamRecord> {
    const now = this.clock.date();
    const record: StreamRecord = {
      ...stream,
      message_id: newId('msg'),
      state: 'reserved',
      active: true,
      epoch: 1,
      lease_until: now,
      last_seq: 0,
      settlement: { state: 'none' },
      created_at: now,
    };
    // An upsert instead of an insert, because only an update pipeline can take the lease from the database's clock.
    const { _id, lease_until: _lease, ...fields } = record;
    await this.streams.collection.updateOne(
      { _id } as never,
      [{ $set: { ...literals(fields), lease_until: leaseFromNow } }],
      {
        upsert: true,
        writeConcern: { w: 'majority' },
      },
    );
    return record;
  }

  find(id: string): Promise<StreamRecord | null> {
    return this.streams.findOne({ _id: id }).lean<StreamRecord>();
  }

  findOwn(id: string, userId: string, sessionId: string): Promise<StreamRecord | null> {
    return this.streams.findOne({ _id: id, user_id: userId, session_id: sessionId }).lean<StreamRecord>();
  }

  findByKey(userId: string, sessionId: string, key: string): Promise<StreamRecord | null> {
    return this.streams.findOne({ user_id: userId, session_id: sessionId, idempotency_key: key }).lean<StreamRecord>();
  }

  findActive(userId: string, sessionId: string): Promise<StreamRecord | null> {
    return this.streams.findOne({ session_id: sessionId, user_id: userId, active: true }).lean<StreamRecord>();
  }

  /** The stream was refused before anything came of it, and nobody has seen its id: nothing is kept. */
  async forget({ _id, epoch }: StreamRecord): Promise<void> {
    await this.streams.deleteOne({ _id, epoch, state: 'reserved' });
  }

  /** The stream does not begin, and its hold may exist all the same: that is released. The id is spent. */
  async reject({ _id, epoch }: StreamRecord): Promise<void> {
    const now = this.clock.date();
    const settlement = { state: 'due', action: 'release', attempts: 0, next_attempt_at: now };
    // Nothing was generated, so the client's key is free again: the same request may be made with it.
    await this.streams.updateOne(
      { _id, epoch, state: 'reserved' },
      { $set: { state: 'rejected', settlement, ended_at: now }, $unset: { active: 1, idempotency_key: 1 } },
    );
  }

  /** reserved -> streaming. @returns false when the stream is no longer reserved */
  async begin({ _id, epoch }: StreamRecord, maxTokens: number, transaction: ClientSession): Promise<boolean> {
    const { modifiedCount } = await this.streams.updateOne(
      { _id, epoch, state: 'reserved' },
      { $set: { state: 'streaming', max_tokens: maxTokens } },
      { session: transaction },
    );
    return modifiedCount === 1;
  }

  /** Keeps the stream this process's. False when it was taken away. */
  async renewLease({ _id, epoch }: StreamRecord): Promise<boolean> {
    const { matchedCount } = await this.streams.collection.updateOne({ _id, epoch, active: true } as never, [
      { $set: { lease_until: leaseFromNow } },
    ]);
    return matchedCount === 1;
  }

  /** Streams whose process is silent, oldest first. */
  findAbandoned(limit: number): Promise<StreamRecord[]> {
    return this.streams
      .find({ active: true, $expr: { $lt: ['$lease_until', '$$NOW'] } })
      .sort({ lease_until: 1 })
      .limit(limit)
      .lean<StreamRecord[]>();
  }

  /** Takes an abandoned stream over: from here on its old process's writes match nothing. */
  takeOver({ _id, epoch }: StreamRecord): Promise<StreamRecord | null> {
    return this.streams
      .findOneAndUpdate(
        { _id, epoch, active: true, $expr: { $lt: ['$lease_until', '$$NOW'] } },
        [{ $set: { epoch: epoch + 1, lease_until: leaseFromNow } }],
        { returnDocument: 'after', updatePipeline: true },
      )
      .lean<StreamRecord>();
  }

  /**
   * Writes the end down, once, with the closing that is now due.
   * @param logged all of it, from the log
   * @returns the record as it is now, or null when somebody else ended it
   */
  async end(
    record: StreamRecord,
    end: StreamEnd,
    logged: LoggedText,
    transaction: ClientSession,
  ): Promise<StreamRecord | null> {
    // What never began was never answered: the client may make the same request again, with its key.
    const spent = { active: 1, ...(record.state === 'reserved' ? { idempotency_key: 1 } : {}) };
    return this.streams
      .findOneAndUpdate(
        { _id: record._id, epoch: record.epoch, state: record.state },
        { $set: changesAtEnd(record, end, logged, this.clock.date()), $unset: spent },
        { returnDocument: 'after', session: transaction },
      )
      .lean<StreamRecord>();
  }

  /** Notes the client's report, once. @returns false when one was noted before */
  async acknowledge({ _id, user_id, session_id }: StreamRecord, contentMatch: boolean): Promise<boolean> {
    const { modifiedCount } = await this.streams.updateOne(
      { _id, user_id, session_id, ack: { $exists: false } },
      { $set: { ack: { at: this.clock.date(), content_match: contentMatch } } },
    );
    return modifiedCount === 1;
  }
}

function changesAtEnd(
  record: StreamRecord,
  end: StreamEnd,
  { text, lastSeq }: LoggedText,
  now: Date,
): Partial<StreamRecord> {
  // By our own count nobody pays for more than the model was asked for, which is also the most that was ever held.
  const output = Math.min(
    estimateTokens(text) + (end.hiddenTokens ?? 0),
    record.max_tokens ?? Number.POSITIVE_INFINITY,
  );
  const action = record.state === 'reserved' ? 'release' : closingAction(end, lastSeq);
  return {
    state: end.state,
    last_seq: lastSeq,
    usage: usageOf(end, record.input_tokens_estimate, output),
    sha256: createHash('sha256').update(text).digest('hex'),
    finish_reason: end.finishReason,
    ...(end.error ? { error: end.error } : {}),
    settlement: { state: 'due', action, attempts: 0, next_attempt_at: now },
    ended_at: now,
  };
}

/** Values for an update pipeline, where a text that begins with `$` would otherwise be read as a field path. */
const literals = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, { $literal: value as unknown }]),
  );
