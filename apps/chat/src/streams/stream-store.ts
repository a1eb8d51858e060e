import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { MessagesService } from '../messages/messages.service.js';
import { estimateTokens } from '../models/tokens/token-estimate.js';
import { settlementAction, type StreamEnd, usageOf } from './stream.js';
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
    @InjectConnection() private readonly connection: Connection,
    private readonly sessions: ChatSessionsService,
    private readonly messages: MessagesService,
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

  /** The hold was refused: the id is spent. `release` says that a hold may exist all the same. */
  async reject({ _id, epoch }: StreamRecord, release: boolean): Promise<void> {
    const settlement = release
      ? { state: 'due', action: 'release', attempts: 0, next_attempt_at: this.clock.date() }
      : { state: 'none' };
    // Nothing was generated, so the client's key is free again: after a top-up the same request may be made with it.
    await this.streams.updateOne(
      { _id, epoch, state: 'reserved' },
      {
        $set: { state: 'rejected', settlement, ended_at: this.clock.date() },
        $unset: { active: 1, idempotency_key: 1 },
      },
    );
  }

  /** reserved -> streaming, together with the user's message and what the model is asked for at most. False when the stream or its session is no longer there. */
  async begin(record: StreamRecord, content: string, maxTokens: number): Promise<boolean> {
    return inTransaction(this.connection, async (transaction) => {
      const { modifiedCount } = await this.streams.updateOne(
        { _id: record._id, epoch: record.epoch, state: 'reserved' },
        { $set: { state: 'streaming', max_tokens: maxTokens } },
        { session: transaction },
      );
      if (modifiedCount === 0) return false;
      const seq = await this.sessions.takeMessageSeq(record.session_id, transaction);
      if (seq === undefined) throw new SessionGone();
      const origin = { session_id: record.session_id, user_id: record.user_id, streaming_session_id: record._id };
      const facts = { state: null, usage: null, model: null, created_at: this.clock.date() };
      await this.messages.add({ _id: newId('msg'), ...origin, seq, role: 'user', content, ...facts }, transaction);
      return true;
    }).catch((error: unknown) => {
      if (error instanceof SessionGone) return false;
      throw error;
    });
  }

  /** Keeps the stream this process's. False when it was taken away. */
  async renewLease({ _id, epoch }: StreamRecord): Promise<boolean> {
    const { matchedCount } = await this.streams.collection.updateOne({ _id, epoch, active: true } as never, [
      { $set: { lease_until: leaseFromNow } },
    ]);
    return matchedCount === 1;
  }

  /** Whether there is still a session for the answer. */
  hasSession({ user_id: userId, session_id: sessionId }: StreamRecord): Promise<boolean> {
    return this.sessions.isThere(userId, sessionId);
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
   * Writes the end down, once: the terminal state, the settlement that is now due, and the message, in one transaction.
   * The text is the log's, never a client's. @returns the record as it is now, or null when somebody else ended it
   */
  async finish(record: StreamRecord, end: StreamEnd, text: string): Promise<StreamRecord | null> {
    const now = this.clock.date();
    // By our own count nobody pays for more than the model was asked for, which is also the most that was ever held.
    const output = Math.min(estimateTokens(text), record.max_tokens ?? Number.POSITIVE_INFINITY);
    const usage = usageOf(end, record.input_tokens_estimate, output);
    const hasBegun = record.state !== 'reserved';
    const action = hasBegun ? settlementAction(end, record.last_seq) : 'release';
    // What never began was never answered: the client may make the same request again, with its key.
    const spent = { active: 1, ...(hasBegun ? {} : { idempotency_key: 1 }) };
    const changes: Partial<StreamRecord> = {
      state: end.state,
      usage,
      sha256: createHash('sha256').update(text).digest('hex'),
      finish_reason: end.finishReason,
      ...(end.error ? { error: end.error } : {}),
      settlement: { state: 'due', action, attempts: 0, next_attempt_at: now },
      ended_at: now,
    };
    return inTransaction(this.connection, async (transaction) => {
      const filter = { _id: record._id, epoch: record.epoch, state: record.state, last_seq: record.last_seq };
      const ended = await this.streams
        .findOneAndUpdate(filter, { $set: changes, $unset: spent }, { returnDocument: 'after', session: transaction })
        .lean<StreamRecord>();
      if (ended && text !== '') await this.addAnswer(ended, text, transaction);
      return ended;
    });
  }

  /** Notes the client's report, once. @returns false when one was noted before */
  async acknowledge({ _id, user_id, session_id }: StreamRecord, contentMatch: boolean): Promise<boolean> {
    const { modifiedCount } = await this.streams.updateOne(
      { _id, user_id, session_id, ack: { $exists: false } },
      { $set: { ack: { at: this.clock.date(), content_match: contentMatch } } },
    );
    return modifiedCount === 1;
  }

  private async addAnswer(
    ended: StreamRecord,
    text: string,
    transaction: Parameters<MessagesService['add']>[1],
  ): Promise<void> {
    const seq = await this.sessions.takeMessageSeq(ended.session_id, transaction);
    // The session was deleted while the answer was given: it is paid for, and not kept.
    if (seq === undefined) return;
    const origin = { session_id: ended.session_id, user_id: ended.user_id, streaming_session_id: ended._id };
    const facts = {
      state: ended.state as never,
      usage: ended.usage!,
      model: ended.model,
      created_at: this.clock.date(),
    };
    await this.messages.add(
      { _id: ended.message_id, ...origin, seq, role: 'assistant', content: text, ...facts },
      transaction,
    );
  }
}

class SessionGone extends Error {}

/** Values for an update pipeline, where a text that begins with `$` would otherwise be read as a field path. */
const literals = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, { $literal: value as unknown }]),
  );
